// `smipc bench`: what it shows, and that nothing is left of it whatever ends it. Never how fast anything is.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { list } from 'smipc';
import t, { type Test } from 'tap';
import { channelsIn } from '../fixtures/channels/directory.js';
import type { Program } from '../fixtures/processes/program.js';
import { openShell } from '../fixtures/processes/shell.js';
import { until } from '../fixtures/timing/until.js';

interface Spread {
  median: number;
  least: number;
  most: number;
}
interface Line {
  measure: string;
  size: number;
  way: string;
  unit: string;
  value: Spread;
  ratio?: Spread;
  rounds: number;
  machine: Record<string, unknown>;
}

interface Place {
  /** The directory of the channels. */
  readonly dir: string;
  /** TMPDIR. */
  readonly temporary: string;
  /** Begins `smipc bench`, with no shell around it. */
  start(args: string, options?: { node?: string; temporary?: string }): Program;
  assertClean(): void;
}

function openPlace(t: Test): Place {
  const shell = openShell(t);
  // Empty, and nobody else's.
  const temporary = shell.cwd;
  return {
    dir: shell.dir,
    temporary,
    start: (args, { node = '', temporary: TMPDIR = temporary } = {}) =>
      shell.start(`exec smipc bench ${args}`, { env: { TMPDIR, NODE_OPTIONS: node } }),
    assertClean() {
      t.strictSame(channelsIn(shell.dir), [], 'no channel is left');
      t.strictSame(readdirSync(temporary), [], 'no socket is left');
    },
  };
}

/** It runs until it is ended, and measures. */
async function startLong(t: Test): Promise<Place & { program: Program; partner: number }> {
  const place = openPlace(t);
  const program = place.start('--time 2m');
  await until(
    () => list({ dir: place.dir }).some(({ bytesRead }) => bytesRead > 0),
    'something goes through a channel',
  );
  const [partner = 0] = childrenOf(program.pid);
  return { ...place, program, partner };
}

/** Of its only thread that starts any. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').map(Number);
}

/** Of node: what the other process does before anything else. */
function inPartner(statement: string): string {
  const text = `if (process.argv[1].endsWith('bench-partner.cjs')) ${statement}`;
  return `--import=data:text/javascript,${encodeURIComponent(text)}`;
}

const isSpread = ({ median, least, most }: Spread): boolean =>
  least > 0 && least <= median && median <= most && Number.isFinite(most);

t.test('--json: a line for each figure, which stands alone', async (t) => {
  const place = openPlace(t);
  const { code, stdout, stderr } = await place.start('--json --time 1s --against pipe,socket').exit;
  t.strictSame({ code, stderr }, { code: 0, stderr: '' });
  const lines = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
  const ways = ['smipc', 'socket', 'pipe'];
  t.strictSame(
    lines.map(({ measure, size, way, unit }) => [measure, size, way, unit]),
    [
      ...[64, 4096, 65536].flatMap((size) =>
        ways.map((way) => ['throughput', size, way, 'bytes/s']),
      ),
      ...ways.map((way) => ['round-trip', 64, way, 'microseconds']),
    ],
  );
  let ours: Spread | undefined;
  for (const { measure, way, value, ratio, rounds, machine, ...rest } of lines) {
    const name = `${measure} ${rest.size} ${way}`;
    t.strictSame(Object.keys(rest), ['size', 'unit'], `${name}: no other keys`);
    t.ok(isSpread(value), name);
    t.ok(rounds > 2, name);
    t.strictSame(machine, {
      ...machine,
      kernel: `Linux ${readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()}`,
      node: process.version,
      directory: place.dir,
      fileSystem: 'tmpfs',
    });
    t.match(machine, { processor: String, processors: Number, smipc: /^\d+\.\d+\.\d+/ });
    if (way === 'smipc') {
      t.equal(ratio, undefined);
      ours = value;
      continue;
    }
    if (ours === undefined || ratio === undefined) throw new Error(`${name}: without a ratio`);
    t.ok(isSpread(ratio), name);
    // Above 1: smipc is the faster one.
    const [more, fewer] = measure === 'throughput' ? [ours, value] : [value, ours];
    t.ok(ratio.least >= (more.least / fewer.most) * 0.999, `${name}: ${ratio.least}`);
    t.ok(ratio.most <= (more.most / fewer.least) * 1.001, `${name}: ${ratio.most}`);
  }
  place.assertClean();
});

t.test('in a pipe: tabs, and numbers as they are; the machine on stderr', async (t) => {
  const place = openPlace(t);
  const { code, stdout, stderr } = await place.start('--time 1s').exit;
  t.equal(code, 0);
  const rows = stdout.split('\n').map((line) => line.split('\t'));
  t.strictSame(rows.map(([title]) => title).slice(0, -1), [
    ...['64 B writes', '4 KiB writes', '64 KiB writes'],
    'round trip',
  ]);
  for (const [, ...figures] of rows.slice(0, -1)) {
    t.equal(figures.length, 5, 'smipc, the socket, and three of the ratio');
    for (const figure of figures) t.ok(Number(figure) > 0, figure);
  }
  t.match(stderr, new RegExp(`^\\d+ processors?.*; Linux .*; Node ${process.version}; .*\n$`));
  t.ok(stderr.endsWith(`; channels in ${place.dir} (tmpfs)\n`));
});

t.test('on a terminal: a header, units, and it fits', async (t) => {
  const shell = openShell(t);
  const { stdout } = await shell.run(
    `script -qec 'stty cols 80; smipc bench --time 1s --against socket,pipe' /dev/null`,
    { env: { NO_COLOR: '1' } },
  );
  // What is behind the last progress is the table.
  const table = stdout.slice(stdout.lastIndexOf('\x1b[K') + 3).split('\r\n');
  t.match(table[0], /^MEASURE +SMIPC +SOCKET +RATIO +PIPE +RATIO$/);
  const number = '\\d[\\d.]*';
  const ratio = `${number} \\[${number}-${number}\\]`;
  for (const row of table.slice(1, 4)) {
    const value = `${number} [kMG]?B/s`;
    t.match(
      row,
      new RegExp(`^\\d+ (Ki)?B writes +${value} +${value} +${ratio} +${value} +${ratio}$`),
    );
  }
  const micros = `${number} µs`;
  t.match(
    table[4],
    new RegExp(`^round trip +${micros} +${micros} +${ratio} +${micros} +${ratio}$`),
  );
  t.equal(table[5], '');
  t.equal(table.length, 6);
  for (const line of table) t.ok(line.length <= 80, line);
  t.match(stdout, /64 KiB writes, 1 of 9, about 0:0\d left/, 'and progress before');
});

t.test('a wrong command line', async (t) => {
  const { dir, start } = openPlace(t);
  for (const [args, said] of [
    ['--against moon', "--against takes socket, pipe, or both with a comma between, not 'moon'"],
    ['--against smipc', "--against takes socket, pipe, or both with a comma between, not 'smipc'"],
    ['--against socket,', "--against takes socket, pipe, or both with a comma between, not ''"],
    ['--time 999ms', '--time takes 1s to 120s, not 0.999s'],
    ['--time 3m', '--time takes 1s to 120s, not 180s'],
    ['name', "bench takes no argument 'name'"],
  ] as const) {
    const { code, stdout, stderr } = await start(args).exit;
    t.strictSame({ code, stdout }, { code: 2, stdout: '' }, args);
    t.equal(stderr.split('\n')[0], `smipc: ${said}`);
  }
  t.strictSame(readdirSync(dir), [], 'nothing was done');
});

t.test('where no channel can be', async (t) => {
  const place = openPlace(t);
  const { code, stdout, stderr } = await place.start('--dir /proc').exit;
  t.strictSame({ code, stdout }, { code: 1, stdout: '' });
  t.match(stderr, /^smipc: ERR_SMIPC_DIRECTORY: .*\/proc\b.*\n$/);
  place.assertClean();
});

t.test('a TMPDIR that is longer than the address of a socket', async (t) => {
  const place = openPlace(t);
  const temporary = join(place.temporary, 'd'.repeat(120));
  mkdirSync(temporary);
  const { code, stderr } = await place.start('--time 1s', { temporary }).exit;
  t.equal(code, 0, stderr);
  t.strictSame(readdirSync(temporary), []);
  t.strictSame(readdirSync(place.temporary), ['d'.repeat(120)]);
});

t.test('no TMPDIR', async (t) => {
  const place = openPlace(t);
  const { code, stderr } = await place.start('', { temporary: join(place.temporary, 'none') }).exit;
  t.equal(code, 1);
  t.match(stderr, /^smipc: ENOENT: .*\/none\//);
  place.assertClean();
  const program = place.start('--against pipe --time 1s', { temporary: '/none' });
  t.equal((await program.exit).code, 0, 'only the socket needs it');
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  t.test(`interrupted by ${signal}`, async (t) => {
    const { program, partner, assertClean } = await startLong(t);
    program.kill(signal);
    t.match(await program.exit, { signal, stdout: '', stderr: /^.*\n$/ }, 'it says no more');
    assertClean();
    await until(() => !existsSync(`/proc/${partner}`), 'the other process has gone');
  });
}

t.test('Ctrl-C at a terminal, which all processes in its foreground get', async (t) => {
  const shell = openShell(t);
  const { stdout } = await shell.run(`
    { until [[ $(smipc ls --json) =~ '"reader":{"state":"open"' ]]; do :; done; printf '\\003'; } |
      script -qec "bash -c 'trap : INT; smipc bench; echo status \\$?'" /dev/null`);
  t.match(stdout, /status 130\r\n$/);
  t.notMatch(stdout, 'smipc: ');
  t.strictSame(channelsIn(shell.dir), []);
});

t.test('killed: the other process leaves, and removes the channels', async (t) => {
  const { program, partner, assertClean } = await startLong(t);
  program.kill('SIGKILL');
  t.match(await program.exit, { signal: 'SIGKILL', stderr: /^.*\n$/ });
  await until(() => !existsSync(`/proc/${partner}`), 'the other process has gone');
  assertClean();
});

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGSEGV'] as const) {
  t.test(`the other process dies of ${signal}`, async (t) => {
    const { program, partner, assertClean } = await startLong(t);
    process.kill(partner, signal);
    const { code, stdout, stderr } = await program.exit;
    t.strictSame({ code, stdout }, { code: 1, stdout: '' });
    t.equal(
      stderr.split('\n')[1],
      `smipc: the other process (${partner}) died of ${signal}`,
      'and not what became of a channel by that',
    );
    assertClean();
  });
}

t.test('the other process cannot start', async (t) => {
  const place = openPlace(t);
  const { code, stderr } = await place.start('', { node: inPartner('process.exit(7)') }).exit;
  t.equal(code, 1);
  t.match(stderr, /^smipc: the other process \(\d+\) ended with status 7\n$/);
  place.assertClean();
});

/** It waits for ever to be connected. */
const kUnconnected = `{
  const net = (await import('node:net')).default;
  net.connect = () => new net.Socket();
  setInterval(() => {}, 1000);
}`;

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  t.test(`${signal} before all links are made`, async (t) => {
    const place = openPlace(t);
    const program = place.start('', { node: inPartner(kUnconnected) });
    await until(() => {
      const all = list({ dir: place.dir });
      const states = all.flatMap(({ writer, reader }) => [writer.state, reader.state]);
      return states.length === 4 && states.every((state) => state === 'open');
    }, 'the channels have both ends');
    t.equal(readdirSync(place.temporary).length, 1, 'and a socket is there');
    const [partner] = childrenOf(program.pid);
    program.kill(signal);
    t.match(await program.exit, { signal, stdout: '', stderr: /^$/ });
    await until(() => !existsSync(`/proc/${partner}`), 'the other process has gone');
    place.assertClean();
  });
}

t.test('killed before the other process is there', async (t) => {
  const place = openPlace(t);
  // It waits for that.
  const node = inPartner(`{
    const { setTimeout } = await import('node:timers/promises');
    while (process.connected) await setTimeout(5);
  }`);
  const program = place.start('', { node });
  await until(() => readdirSync(place.temporary).length === 1, 'the socket is there');
  await until(() => childrenOf(program.pid).some((pid) => pid > 0), 'it has been started');
  const [partner] = childrenOf(program.pid);
  program.kill('SIGKILL');
  t.match(await program.exit, { signal: 'SIGKILL', stderr: /^$/ });
  await until(() => !existsSync(`/proc/${partner}`), 'the other process has gone');
  place.assertClean();
});

t.test('the reader of stdout has gone', async (t) => {
  const shell = openShell(t);
  const { stdout, stderr } = await shell.run(
    'smipc bench --json --time 1s | head -n 1; echo $PIPESTATUS',
  );
  const [line = '', status] = stdout.split('\n');
  t.equal((JSON.parse(line) as Line).way, 'smipc');
  t.equal(status, '141');
  t.equal(stderr, '');
  t.strictSame(channelsIn(shell.dir), []);
});
