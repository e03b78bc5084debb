// `smipc doctor` counts what processes that died have left: what prune() then removes, and apart from it
// what still waits for somebody.
import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openChannel, prune } from 'smipc';
import t from 'tap';
import { channelsIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { diagnose, doctorCommand } from '../fixtures/cli/doctor.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { runCommand } from '../fixtures/processes/program.js';

t.test('left by a process that was killed, in every state', async (t) => {
  const dir = uniqueDirectory(t);
  const killed = spawnChild(
    t,
    async ({ smipc: { openChannel }, args: { dir }, send, receive }) => {
      const bytes = new Uint8Array(100);
      for (const resume of [false, true]) {
        const options = { dir, capacity: 65_536, resume };
        const open = <Mode extends 'r' | 'w'>(name: string, mode: Mode) =>
          openChannel(`${name}-${resume}`, mode, options);
        open('reader-alone', 'r');
        open('writer-alone', 'w');
        open('unread', 'w').writeSync(bytes);
        const ended = open('ended-unread', 'w');
        ended.writeSync(bytes);
        ended.end();
        open('ended-empty', 'w').end();
        open('both', 'w').writeSync(bytes);
        open('both', 'r').readSync(new Uint8Array(100));
      }
      await send('ready');
      await receive();
    },
    { dir },
  );
  await killed.message();
  const held = await diagnose(t, ['-d', dir, 'left-over']);
  t.match(held.findings['left-over'], { verdict: 'ok' }, 'what is held is not left over');
  killed.kill();
  await killed.exit;

  const before = channelsIn(dir).length;
  const { findings } = await diagnose(t, ['-d', dir]);
  // The doctor has swept some of them, as whoever opens a channel does.
  prune({ dir });
  const unread = channelsIn(dir).length;
  const spent = before - unread;
  t.ok(spent > 2 && unread > 2);
  const reason = new RegExp(`^${spent} channels, ${spent * 64} KiB, .*; ${unread} channels, `);
  const command = `smipc rm --stale --dry-run --dir ${dir}`;
  t.match(findings['left-over'], { verdict: 'warning', reason, command });
  const after = await diagnose(t, ['-d', dir, 'left-over']);
  t.equal(after.findings['left-over']?.verdict, 'ok');
});

t.test('damaged, and foreign', async (t) => {
  const dir = uniqueDirectory(t);
  const writer = openChannel('sound', 'w', { dir, capacity: 65_536 });
  writeFileSync(join(dir, 'foreign'), 'not a channel');
  // The magic and the version of a channel, and nonsense behind them.
  const bytes = Buffer.alloc(8192, 0xff);
  bytes.writeBigUInt64LE(0x1a0a_0d63_7069_6d73n, 0);
  bytes.writeUInt32LE(1, 8);
  writeFileSync(join(dir, 'spoilt one'), bytes);
  const { findings } = await diagnose(t, ['-d', dir]);
  t.match(findings.damaged, {
    verdict: 'warning',
    reason: 'damaged: spoilt one',
    command: `smipc rm --force --dir ${dir} 'spoilt one'`,
  });
  t.ok(existsSync(join(dir, 'spoilt one')));

  // What a terminal would obey does not reach it.
  renameSync(join(dir, 'spoilt one'), join(dir, "it's \x1b[31m\nred"));
  const [program, ...args] = doctorCommand(['-d', dir, 'damaged']);
  const { stdout } = await runCommand(t, program, args).exit;
  t.equal(stdout.split('\n').length, 2);
  t.match(stdout, "damaged: it's ?[31m red\t");
  const name = /--dir \S+ (.*)\n/.exec(stdout)?.[1];
  t.equal(
    execFileSync('bash', ['-c', `printf %s ${name}`], { encoding: 'utf8' }),
    "it's \x1b[31m\nred",
  );
  await writer.close();
});
