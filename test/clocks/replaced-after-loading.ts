// What a test runner puts in the place of clocks, timers and globals after smipc was loaded stops neither
// bytes nor time limits.
import t from 'tap';
import { testOddHost } from '../fixtures/hosts/odd-host-test.js';

for (const after of [['timers'], ['clocks'], ['microtasks'], ['classes']]) {
  t.test(String(after), (t) => testOddHost(t, { after, ways: ['data', 'objects', 'web'] }));
}

t.test("those of Node's own test runner", (t) => testOddHost(t, { after: ['node'] }));

t.test('all at once', (t) =>
  testOddHost(t, { after: ['timers', 'clocks', 'microtasks', 'classes'] }),
);

t.test('process.nextTick too, without which no stream of Node goes on', (t) =>
  testOddHost(t, {
    after: ['timers', 'clocks', 'microtasks', 'ticks'],
    ways: ['channel', 'web'],
    ends: false,
    // drained() is a stream's.
    waits: false,
  }),
);
