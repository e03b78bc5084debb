// A peer's process that is killed, or that exits in the middle: everything it has published is read, then
// the socket fails once with ECONNRESET, whatever it does at the time. Never an 'end'.
import { once } from 'node:events';
import * as net from 'smipc/net';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { checkPattern } from '../fixtures/data/pattern.js';
import type { Socket } from '../fixtures/net/both.js';
import { type PeerTask, startPeer } from '../fixtures/net/peer.js';
import { closed, record, watchClose } from '../fixtures/net/record.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

const kEnds: Record<string, { how: 'kill' | 'exit' | 'throw'; peer: string }> = {
  'is killed': { how: 'kill', peer: 'died' },
  'calls process.exit()': { how: 'exit', peer: 'aborted' },
  throws: { how: 'throw', peer: 'aborted' },
};

async function connected(t: Test, task: PeerTask) {
  const path = uniqueName(t);
  const child = await startPeer(t, { path, isSmipc: true, task });
  const client = net.connect(path);
  watchClose(client);
  t.teardown(() => client.destroy());
  t.equal(await child.message(), 'connected');
  const end = async (how: 'kill' | 'exit' | 'throw'): Promise<void> => {
    if (how === 'kill') child.kill();
    else void child.send(how).catch(() => {});
    await child.exit;
  };
  return { client, end };
}

/** The error that a socket emits. */
async function failureOf(socket: Socket): Promise<unknown> {
  const [error] = await once(socket, 'error');
  return error;
}

for (const [title, { how, peer }] of Object.entries(kEnds)) {
  const reset = { code: 'ECONNRESET', syscall: 'read', peer };

  t.test(`it ${title} while the client reads`, async (t) => {
    const { client, end } = await connected(t, 'writes');
    const failure = failureOf(client);
    const events = record(client);
    await end(how);
    await closed(client);
    await someTurns();
    t.match(await failure, reset);
    const expected = ['connect', 'ready', 'data published', 'error ECONNRESET read', 'close true'];
    t.strictSame(events.slice(-3), expected.slice(-3));
    t.notOk(events.includes('end'));
  });

  t.test(`it ${title} while the client is idle`, async (t) => {
    const { client, end } = await connected(t, 'idles');
    const failure = failureOf(client);
    const events = record(client, { reads: false });
    await end(how);
    await closed(client);
    t.match(await failure, reset);
    t.strictSame(events.slice(-2), ['error ECONNRESET read', 'close true']);
  });

  t.test(`it ${title} while the client only writes`, async (t) => {
    const { client, end } = await connected(t, 'reads');
    const failure = failureOf(client);
    const events = record(client, { reads: false });
    let results: unknown[] = [];
    const write = (): void => {
      client.write('x'.repeat(1000), (error) => {
        if (error == null) setImmediate(write);
        else results.push((error as NodeJS.ErrnoException).code);
      });
    };
    write();
    await end(how);
    await closed(client);
    await someTurns();
    t.match(await failure, reset);
    t.strictSame(events.slice(-2), ['error ECONNRESET read', 'close true']);
    results = results.filter((code) => code !== 'ERR_STREAM_DESTROYED');
    t.ok(
      results.every((code) => code === 'EPIPE' || code === 'ECONNRESET'),
      String(results),
    );
  });

  t.test(`it ${title} while a write of the client waits for space`, async (t) => {
    const { client, end } = await connected(t, 'idles');
    const failure = failureOf(client);
    const events = record(client, { reads: false });
    const codes: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      client.write(Buffer.alloc(300_000), (error) => {
        codes.push((error as NodeJS.ErrnoException | null)?.code);
      });
    }
    await end(how);
    await closed(client);
    await until(() => codes.length === 3, 'all callbacks are called');
    t.match(await failure, reset);
    t.strictSame(events.slice(-2), ['error ECONNRESET read', 'close true']);
    t.ok(
      codes.every((code) => code === 'EPIPE' || code === 'ECONNRESET'),
      String(codes),
    );
  });

  t.test(`it ${title} while the client is paused: its data comes first`, async (t) => {
    const { client, end } = await connected(t, 'writes');
    client.pause();
    const failure = failureOf(client);
    const events = record(client, { reads: false });
    await end(how);
    await someTurns();
    t.notOk(events.includes('close true'), 'it waits to be read');
    client.on('data', (data) => events.push(`data ${data}`));
    client.resume();
    await closed(client);
    t.match(await failure, reset);
    t.strictSame(events.slice(-3), ['data published', 'error ECONNRESET read', 'close true']);
  });

  t.test(`it ${title}: for await throws`, async (t) => {
    const { client, end } = await connected(t, 'writes');
    let came = '';
    await t.rejects(async () => {
      for await (const chunk of client) {
        came += chunk;
        await end(how);
      }
    }, reset);
    t.equal(came, 'published');
  });
}

t.test('all that it had published when it was killed is read', async (t) => {
  // The callback of its write tells 'connected'. What the client does not read ahead is in the ring.
  const { client, end } = await connected(t, 'writes much');
  client.pause();
  const events = record(client, { reads: false });
  await end('kill');
  let bytes = 0;
  client.on('data', (chunk: Buffer) => {
    checkPattern(chunk, bytes);
    bytes += chunk.length;
  });
  client.resume();
  await closed(client);
  t.equal(bytes, 100_000);
  t.strictSame(events.slice(-2), ['error ECONNRESET read', 'close true']);
});

t.test('killed in full swing', async (t) => {
  const { client, end } = await connected(t, 'writes for ever');
  const events = record(client, { reads: false });
  let bytes = 0;
  client.on('data', (chunk: Buffer) => {
    checkPattern(chunk, bytes);
    bytes += chunk.length;
  });
  await until(() => bytes > 1_000_000, 'much has come');
  await end('kill');
  await closed(client);
  t.strictSame(events.slice(-2), ['error ECONNRESET read', 'close true']);
});

t.test('a write after the error', async (t) => {
  const { client, end } = await connected(t, 'reads');
  client.on('error', () => {});
  await end('kill');
  await closed(client);
  const error = await new Promise<unknown>((resolve) => client.write('x', resolve));
  t.match(error, { code: 'ERR_STREAM_DESTROYED' });
});

t.test('a client that is killed', async (t) => {
  const path = uniqueName(t);

  const server = net.createServer().listen(path);
  t.teardown(() => server.close());
  const accepted = once(server, 'connection');
  const child = spawnChild(
    t,
    async ({ args, send, receive }) => {
      const net = await import('smipc/net');
      const socket = net.connect(args.path);
      socket.write('published', () => void send('written'));
      await receive();
    },
    { path },
  );
  const [socket] = (await accepted) as [Socket];
  watchClose(socket);
  t.equal(socket.remotePid, child.pid);
  const failure = failureOf(socket);
  const events = record(socket);
  t.equal(await child.message(), 'written');
  child.kill();
  await closed(socket);
  t.match(await failure, { code: 'ECONNRESET', syscall: 'read', peer: 'died', pid: child.pid });
  t.strictSame(events, ['data published', 'error ECONNRESET read', 'close true']);
});

t.test('an error that is not handled ends the process, once', async (t) => {
  const path = uniqueName(t);
  const peer = await startPeer(t, { path, isSmipc: true, task: 'idles' });

  const child = spawnChild(
    t,
    async ({ args }) => {
      const net = await import('smipc/net');
      let count = 0;
      process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
        count++;
        process.exitCode = error.code === 'ECONNRESET' ? 40 + count : 1;
      });
      const socket = net.connect(args.path);
      await new Promise((resolve) => socket.on('close', resolve));
    },
    { path },
  );
  t.equal(await peer.message(), 'connected');
  peer.kill();
  t.match(await child.exit, { code: 41 });
});

t.test('an error that is handled once is the only one', async (t) => {
  const path = uniqueName(t);
  const peer = await startPeer(t, { path, isSmipc: true, task: 'idles' });
  const child = spawnChild(
    t,
    async ({ args, send }) => {
      const net = await import('smipc/net');
      const socket = net.connect(args.path);
      const codes: unknown[] = [];
      socket.once('error', (error: NodeJS.ErrnoException) => {
        codes.push(error.code);
        socket.write('after');
        socket.end('the end');
        socket.destroy(new Error('mine'));
      });
      let closes = 0;
      socket.on('close', () => closes++);
      // Some queue, and one of them will never fit.
      for (let i = 0; i < 5; i++) socket.write(Buffer.alloc(200_000));
      socket.end();
      await new Promise((resolve) => socket.on('close', resolve));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await send({ codes, closes });
    },
    { path },
  );
  t.equal(await peer.message(), 'connected');
  peer.kill();
  t.strictSame(await child.message(), { codes: ['ECONNRESET'], closes: 1 });
  t.match(await child.exit, { code: 0, stderr: '' });
});
