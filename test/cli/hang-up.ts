// A terminal that goes without a signal, since the session is not its own; and a stdout that fails.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { smipcCommand } from '../fixtures/processes/command-line.js';
import { hasProgram } from '../fixtures/processes/system-program.js';

/** Its terminal goes once it has written something there. Prints the exit status, and its stderr. */
const kProgram = `
import os, subprocess, sys
outer, inner = os.openpty()
streams = {name: inner for name in sys.argv[1].split(',')}
child = subprocess.Popen(sys.argv[2:], **{'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE,
    'stderr': subprocess.PIPE, **streams}, start_new_session=True)
os.close(inner)
if child.stdout is None: os.read(outer, 1)
else: child.stdout.read(1)
os.close(outer)
said = child.communicate()[1]
print(child.returncode, (said or b'').decode(), end='')
`;

if (hasProgram(t, 'python3')) {
  const kSighup = -1;
  for (const [streams, args, status] of [
    ['stdin,stdout,stderr', 'top -i 100ms', kSighup],
    ['stdin,stdout', 'top -i 100ms', kSighup],
    ['stdout', 'top --json -i 100ms', kSighup],
    ['stdin,stdout', 'ls -w100ms', kSighup],
    ['stdout', 'ls --json -w100ms', kSighup],
    // They end by themselves, and need no terminal.
    ['stdin', 'top --json -i 100ms -n 3', 0],
    ['stdin,stderr', 'top --json -i 100ms -n 3', 0],
  ] as const) {
    t.test(`${args}: ${streams}`, async (t) => {
      const dir = uniqueDirectory(t);
      const held = openChannel('channel', 'w', { dir });
      t.teardown(() => held.close());
      const command = [...smipcCommand, ...args.split(' '), '-d', dir];
      const { stdout, stderr } = spawnSync('python3', ['-c', kProgram, streams, ...command], {
        encoding: 'utf8',
        env: { ...process.env, TERM: 'xterm' },
      });
      t.equal(stdout, `${status} `, 'and nothing is said');
      t.equal(stderr, '');
    });
  }
}

t.test('a stdout that fails otherwise: the status is 1, although nothing else did', async (t) => {
  const dir = uniqueDirectory(t);
  const held = openChannel('channel', 'w', { dir });
  t.teardown(() => held.close());
  for (const args of ['ls --watch=100ms', 'ls --json -w100ms', 'top -i 100ms']) {
    const server = createServer().listen(0, '127.0.0.1');
    t.teardown(() => server.close());
    await once(server, 'listening');
    const ours = createConnection((server.address() as { port: number }).port, '127.0.0.1');
    const [theirs] = (await once(server, 'connection')) as [Socket];
    const [node, ...first] = smipcCommand;
    const child = spawn(node, [...first, ...args.split(' '), '-d', dir], {
      stdio: ['ignore', theirs, 'pipe'],
    });
    theirs.destroy();
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await once(ours, 'data');
    ours.resetAndDestroy();
    const [code] = (await once(child, 'close')) as [number | null];
    t.equal(code, 1, args);
    t.match(said, /^smipc: stdout: .*ECONNRESET\n$/, args);
  }
});
