// A seccomp filter that refuses a system call which smipc can do without is no obstacle, and one that
// kills at such a call is none if the way that makes it is switched off.
import t from 'tap';
import { testOddHost } from '../fixtures/hosts/odd-host-test.js';
import { refusing } from '../fixtures/processes/seccomp.js';

const ways = ['data'] as const;
const optional = ['futex_waitv', 'set_robust_list', 'mknodat', 'clock_gettime'];

for (const call of optional) {
  for (const how of ['EPERM', 'ENOSYS'] as const) {
    // Without set_robust_list a process cannot come to a channel that one with it has made.
    const fallback = call === 'set_robust_list' ? 'roles' : '';
    t.test(`${call}: ${how}`, (t) =>
      testOddHost(t, { ways, fallback, under: refusing([call], how) }),
    );
  }
}

t.test('refused all at once', (t) =>
  testOddHost(t, { ways, fallback: 'roles', under: refusing(optional, 'EPERM') }),
);

for (const [call, fallback] of [
  ['futex_waitv', 'waits'],
  ['mknodat', 'bells'],
] as const) {
  t.test(`${call}: killed, but for ${fallback}`, (t) =>
    testOddHost(t, { ways, fallback, under: refusing([call], 'kill') }),
  );
}
