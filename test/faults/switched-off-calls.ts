// What SMIPC_FALLBACK switches off makes no system call, not even to ask whether there is one: a seccomp
// filter may kill the process for it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { testOddHost } from '../fixtures/hosts/odd-host-test.js';

t.test('strace', (t) => {
  const { error } = spawnSync('strace', ['-V']);
  t.notOk(error, 'strace is installed (apt install strace)');
  if (error) t.bailout('strace is needed to see system calls');
  t.end();
});

/** The calls of the library. The C library too hands the kernel a robust list, one for each thread. */
async function callsWith(t: Test, fallback: string): Promise<Set<string>> {
  const log = join(uniqueDirectory(t), 'log');
  const traced = 'trace=futex_waitv,set_robust_list,mknodat';
  const under = ['strace', '-f', '-qq', '-o', log, '-e', traced];
  await testOddHost(t, { ways: ['data'], fallback, under });
  const calls = new Set<string>();
  const listed = new Set<string>();
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [, thread = '', call = ''] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    const isLibrarys = call === 'set_robust_list' && !listed.has(thread);
    if (isLibrarys) listed.add(thread);
    else if (call !== '') calls.add(call);
  }
  return calls;
}

const switches = { waits: 'futex_waitv', roles: 'set_robust_list', bells: 'mknodat' };
const all = Object.values(switches);

t.test('nothing is switched off', async (t) => {
  t.strictSame([...(await callsWith(t, ''))].sort(), all.sort());
});

for (const [fallback, call] of Object.entries(switches)) {
  t.test(fallback, async (t) => {
    const others = all.filter((one) => one !== call);
    t.strictSame([...(await callsWith(t, fallback))].sort(), others.sort());
  });
}
