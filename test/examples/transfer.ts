import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  ftruncateSync,
  openSync,
  readdirSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ChannelStatus, list } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { type Program, runCommand, runNode } from '../fixtures/processes/program.js';
import { until } from '../fixtures/timing/until.js';

/** A file of many zeros that takes no space on the disk: the transfer takes some time. */
function largeFile(t: Test): string {
  const path = join(t.testdir(), 'large');
  const file = openSync(path, 'w');
  ftruncateSync(file, 512 * 1024 * 1024);
  closeSync(file);
  return path;
}

/** Starts a transfer whose channel is the only one in `dir`. */
function start(t: Test, ...args: string[]): { transfer: Program; dir: string } {
  const dir = uniqueDirectory(t);
  const env = { SMIPC_DIR: dir };
  return { transfer: runNode(t, ['examples/transfer/main.js', ...args], { env }), dir };
}

/** The channel, once it is as it should be. */
async function channelIn(
  dir: string,
  condition: (channel: ChannelStatus) => boolean,
): Promise<ChannelStatus> {
  const found = await until(() => list({ dir }).find(condition), `${condition} in ${dir}`);
  return found as ChannelStatus;
}

const isMoving = (channel: ChannelStatus) => channel.bytesRead > 0;
const isFull = (channel: ChannelStatus) => channel.used === channel.capacity;

t.test('sends the Node executable unless told otherwise', async (t) => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(process.execPath), hash);
  const sha256 = hash.digest('hex');
  const { size } = statSync(process.execPath);

  const { transfer, dir } = start(t);
  const outcome = await transfer.exit;
  t.match(outcome, { code: 0, stderr: '' });
  const [first, ...rows] = outcome.stdout.trimEnd().split('\n');
  t.match(first, process.execPath);
  t.match(rows, [
    `bytes     ${size.toLocaleString('en')}`,
    /^seconds {3}\d+\.\d{3}$/,
    /^GB\/s {6}\d+\.\d\d, reading the file and SHA-256 on both sides included$/,
    `sent      SHA-256 ${sha256}`,
    `received  SHA-256 ${sha256}`,
    /^channel {3}transfer-\d+: mode=w RO=1 WO=1 RC=0 WC=0 bufSz=1048576 rc=(\d+) wc=\1 state=empty$/,
  ]);
  t.strictSame(readdirSync(dir), []);
});

t.test('sends an empty file', async (t) => {
  const directory = t.testdir({ empty: '' });
  const { transfer } = start(t, join(directory, 'empty'));
  t.match(await transfer.exit, { code: 0, stdout: /^bytes {5}0$/m, stderr: '' });
});

t.test('says what it cannot send', async (t) => {
  const missing = await start(t, '/no/such/file').transfer.exit;
  t.match(missing, { code: 1, stdout: '', stderr: /^Cannot send \/no\/such\/file: ENOENT/ });
  const directory = await start(t, '/').transfer.exit;
  t.match(directory, { code: 1, stdout: '', stderr: 'Cannot send /: it is not a regular file\n' });
});

t.test('notices when other bytes arrive than were sent', async (t) => {
  const { transfer, dir } = start(t, largeFile(t));
  const { name, reader, capacity } = await channelIn(dir, isMoving);
  const pid = reader.pid as number;
  process.kill(pid, 'SIGSTOP');
  t.teardown(() => transfer.isRunning() && process.kill(pid, 'SIGKILL'));
  await channelIn(dir, isFull);

  const segment = openSync(join(dir, name), 'r+');
  writeSync(segment, 'x', 4096 + capacity / 2);
  closeSync(segment);
  process.kill(pid, 'SIGCONT');
  t.match(await transfer.exit, { code: 1, stderr: 'What was received is not what was sent.\n' });
});

const deaths = {
  writer: /^The sender was killed \(SIGKILL\)\nThe receiver failed: ECONNRESET.*\n$/,
  reader: /^The sender failed: EPIPE.*\nThe receiver was killed \(SIGKILL\)\n$/,
};
for (const role of ['writer', 'reader'] as const) {
  t.test(`the ${role} is killed`, async (t) => {
    const { transfer, dir } = start(t, largeFile(t));
    const channel = await channelIn(dir, isMoving);
    process.kill(channel[role].pid as number, 'SIGKILL');
    t.match(await transfer.exit, { code: 1, stderr: deaths[role] });
    t.strictSame(readdirSync(dir), []);
  });
}

for (const [signal, number] of Object.entries({ SIGINT: 2, SIGTERM: 15 })) {
  t.test(`${signal} leaves nothing behind`, async (t) => {
    const { transfer, dir } = start(t, largeFile(t));
    const { writer, reader } = await channelIn(dir, isMoving);
    transfer.kill(signal as NodeJS.Signals);
    t.match(await transfer.exit, { code: 128 + number, stderr: 'Interrupted.\n' });
    t.strictSame(readdirSync(dir), []);
    for (const { pid } of [writer, reader]) {
      t.throws(() => process.kill(pid as number, 0), { code: 'ESRCH' });
    }
  });
}

t.test('shows a progress bar in a terminal', async (t) => {
  const canMakeTerminal = spawnSync('script', ['--version']).status === 0;
  t.ok(canMakeTerminal, 'script(1) makes the terminal; Debian has it in the package bsdutils');
  const command = `${process.execPath} examples/transfer/main.js`;
  const terminal = runCommand(t, 'script', ['-qec', command, '/dev/null']);
  t.match(await terminal.exit, { code: 0, stdout: /█{40} 100% of [\d.]+ MB/ });
});
