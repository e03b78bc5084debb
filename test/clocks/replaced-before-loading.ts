// What a test runner has put in the place of clocks and timers before smipc was loaded stops no bytes, and
// no call that blocks. (Time limits of promises go by its timers: docs/fake-timers.md.)
import t from 'tap';
import { testOddHost } from '../fixtures/hosts/odd-host-test.js';

for (const before of [['timers'], ['clocks'], ['microtasks'], ['node']]) {
  t.test(String(before), (t) =>
    testOddHost(t, {
      before,
      ways: ['data', 'objects', 'web'],
      waits: before[0] === 'clocks',
    }),
  );
}

t.test('all at once', (t) =>
  testOddHost(t, { before: ['timers', 'clocks', 'microtasks'], waits: false }),
);
