// The two ends in different PID namespaces, as in two containers that share the directory: the bytes
// go through, a role is held for its owner, and a death is heard of at once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { nodeCommand } from '../fixtures/processes/node-command.js';

// An idle writer does not keep its process alive, and nothing else may be left that does.
const alive = setInterval(() => {}, 1000);
t.teardown(() => clearInterval(alive));

/** Runs a program as process 1 of a PID namespace of its own. Resolves when it has said something. */
async function spawnElsewhere(t: Test, source: string, ...args: string[]) {
  // Whoever is not root may have a namespace as root of a user namespace (unshare(1), util-linux).
  const user = process.geteuid?.() === 0 ? [] : ['--user', '--map-current-user'];
  const options = [...user, '--pid', '--fork', '--kill-child'];
  const node = [...nodeCommand, '--input-type=module', '-e', source, ...args];
  const unshare = spawn('unshare', [...options, ...node], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => unshare.kill('SIGKILL'));
  const [said] = await once(unshare.stdout, 'data');
  const { pid } = unshare;
  return {
    said: String(said),
    /** What it says next. */
    async next() {
      const [text] = await once(unshare.stdout, 'data');
      return String(text);
    },
    /** Kills the program, not unshare. */
    kill() {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
      process.kill(Number(children), 'SIGKILL');
    },
  };
}

t.test('a writer elsewhere', async (t) => {
  const name = uniqueName(t);
  const source = `
    import { createWriteStream } from 'smipc';
    createWriteStream(process.argv[1]).write('from process ' + process.pid);
    setInterval(() => console.log('there'), 10);
  `;
  const writer = await spawnElsewhere(t, source, name);
  const reader = createReadStream(name);
  const [chunk] = await once(reader, 'data');
  t.equal(String(chunk), 'from process 1');
  t.throws(() => openChannel(name, 'w'), { code: 'EBUSY', pid: 1 });
  writer.kill();
  await t.rejects(once(reader, 'end'), { code: 'ECONNRESET', peer: 'died' });
  const free = openChannel(name, 'w');
  await free.close();
});

t.test('a reader elsewhere', async (t) => {
  const name = uniqueName(t);
  const source = `
    import { createReadStream } from 'smipc';
    createReadStream(process.argv[1]).on('data', (chunk) => console.log(String(chunk)));
  `;
  const writer = createWriteStream(name);
  writer.write('to process 1');
  const reader = await spawnElsewhere(t, source, name);
  t.equal(reader.said, 'to process 1\n');
  const lost = once(writer, 'close');
  reader.kill();
  await t.rejects(lost, { code: 'EPIPE', peer: 'died' });
});

// Each end is process 1 of a namespace of its own, and sees no process of the other's.
for (const killed of ['writer', 'reader'] as const) {
  t.test(`both elsewhere, and the ${killed} is killed`, async (t) => {
    const name = uniqueName(t);
    const writer = await spawnElsewhere(
      t,
      `
        import { createWriteStream } from 'smipc';
        const stream = createWriteStream(process.argv[1]);
        stream.write('from process ' + process.pid);
        stream.on('error', ({ code, peer }) => console.log(code, peer));
        stream.on('close', () => process.exit());
        setInterval(() => {}, 1000);
        console.log('open');
      `,
      name,
    );
    const reader = await spawnElsewhere(
      t,
      `
        import { createReadStream } from 'smipc';
        const stream = createReadStream(process.argv[1]);
        stream.on('data', (chunk) => console.log(String(chunk)));
        stream.on('error', ({ code, peer }) => console.log(code, peer));
      `,
      name,
    );
    t.equal(reader.said, 'from process 1\n');
    const [victim, survivor] = killed === 'writer' ? [writer, reader] : [reader, writer];
    const told = survivor.next();
    victim.kill();
    t.equal(await told, killed === 'writer' ? 'ECONNRESET died\n' : 'EPIPE died\n');
  });
}
