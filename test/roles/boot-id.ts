// Containers on one kernel may be shown a boot id each. Whoever lives, lives for all of them: a role is
// held, a stream goes through, nothing of the living is removed. What the dead left goes on, too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { nodeCommand } from '../fixtures/processes/node-command.js';

/** Runs a program that is shown another boot id; what it prints is JSON. */
async function runElsewhere(t: Test, dir: string, source: string): Promise<unknown> {
  const id = join(uniqueDirectory(t), 'id');
  writeFileSync(id, '11111111-2222-4333-8444-555555555555\n');
  const path = '/proc/sys/kernel/random/boot_id';
  const script = `mount --bind "$0" ${path} && exec "$@"`;
  const user = process.geteuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const node = [...nodeCommand, '--input-type=module', '-e', source];
  const child = spawn('unshare', [...user, '--mount', 'sh', '-c', script, id, ...node], {
    cwd: import.meta.dirname,
    env: { ...process.env, SMIPC_DIR: dir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (data) => {
    text += data;
  });
  await once(child, 'close');
  return JSON.parse(text);
}

const tries = `
  import { readFileSync } from 'node:fs';
  import { inspect, list, openChannel, remove } from 'smipc';
  const out = { id: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8) };
  const attempt = (key, act) => {
    try { out[key] = act() ?? 'ok'; } catch (error) { out[key] = error.code; }
  };
`;

t.test('of the living nothing is taken', async (t) => {
  const dir = uniqueDirectory(t);
  const channels = ['held', 'read'].map((name) => openChannel(name, 'w', { dir }));
  channels.push(openChannel('resumable', 'w', { dir, resume: true }));
  channels[1]?.writeSync(Buffer.from('hello'));
  const hidden = () => readdirSync(dir).filter((name) => name.startsWith('.'));
  const before = hidden();
  const found = await runElsewhere(
    t,
    dir,
    `${tries}
    attempt('states', () => list().map(({ writer }) => writer.state));
    attempt('remove', () => remove('held'));
    attempt('open', () => void openChannel('held', 'w'));
    attempt('resume', () => void openChannel('resumable', 'w', { resume: true }));
    attempt('read', () => {
      const reader = openChannel('read', 'r');
      const bytes = Buffer.alloc(5);
      reader.readSync(bytes, { min: 5 });
      return String(bytes);
    });
    console.log(JSON.stringify(out));`,
  );
  t.strictSame(found, {
    id: '11111111',
    states: ['open', 'open', 'open'],
    remove: 'EBUSY',
    open: 'EBUSY',
    resume: 'EBUSY',
    read: 'hello',
  });
  t.strictSame(
    before.filter((name) => !hidden().includes(name)),
    [],
    'neither a bell nor a lifeline of this process',
  );
  await Promise.all(channels.map((channel) => channel.close()));
});

t.test('what the dead left is found', async (t) => {
  const dir = uniqueDirectory(t);
  const holder = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      smipc.openChannel('broken', 'w', args).writeSync(Buffer.from('half'));
      smipc.openChannel('kept', 'w', { ...args, resume: true }).writeSync(Buffer.from('hello'));
      await send('open');
      await receive();
    },
    { dir },
  );
  await holder.message();
  holder.kill();
  await holder.exit;
  const found = await runElsewhere(
    t,
    dir,
    `${tries}
    attempt('states', () => list().map(({ writer }) => writer.state));
    attempt('broken', () => {
      const reader = openChannel('broken', 'r');
      reader.readSync(Buffer.alloc(4), { min: 4 });
      reader.readSync(Buffer.alloc(1));
    });
    attempt('kept', () => {
      const writer = openChannel('kept', 'w', { resume: true });
      writer.writeSync(Buffer.from(' world'));
      writer.end();
      const reader = openChannel('kept', 'r', { resume: true });
      const bytes = Buffer.alloc(11);
      reader.readSync(bytes, { min: 11 });
      return String(bytes);
    });
    console.log(JSON.stringify(out));`,
  );
  t.strictSame(found, {
    id: '11111111',
    states: ['died', 'died'],
    broken: 'ECONNRESET',
    kept: 'hello world',
  });
});
