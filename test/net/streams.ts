// A socket as a stream: setEncoding(), pipe(), pipeline(), for await, cork(), onread, read(), strings.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable, Transform } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import t from 'tap';
import { patternBytes } from '../fixtures/data/pattern.js';
import { overBoth } from '../fixtures/net/both.js';
import { connectedPair, startServer } from '../fixtures/net/pair.js';
import { closed, describe, record } from '../fixtures/net/record.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

const kBytes = patternBytes(1_000_000);
const kHash = createHash('sha256').update(kBytes).digest('hex');

overBoth(t, 'setEncoding(), with characters that are cut', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  client.setEncoding('utf8');
  const words = 'grüße 😀 '.repeat(30_000);
  const bytes = Buffer.from(words);
  const came = text(client);
  for (let at = 0; at < bytes.length; at += 1001) accepted.write(bytes.subarray(at, at + 1001));
  accepted.end();
  return (await came) === words;
});

overBoth(t, 'strings in every encoding', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const came = buffer(accepted);
  client.write('é', 'latin1');
  client.write('é');
  client.write('00ff', 'hex');
  client.write('aGk=', 'base64');
  client.setDefaultEncoding('ucs2');
  client.write('é');
  client.write('');
  client.write(new Uint8Array([1, 2]));
  client.write(Buffer.alloc(0));
  client.end('é', 'latin1');
  return (await came).toString('hex');
});

overBoth(t, 'pipe() to and from', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way, { both: { allowHalfOpen: true } });
  accepted.pipe(accepted);
  Readable.from([kBytes.subarray(0, 300_000), kBytes.subarray(300_000)]).pipe(client);
  const came = await buffer(client);
  return createHash('sha256').update(came).digest('hex') === kHash;
});

overBoth(t, 'pipeline() through a Transform', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way, { both: { allowHalfOpen: true } });
  const flip = new Transform({
    transform: (chunk: Buffer, _, callback) =>
      callback(
        null,
        chunk.map((byte) => byte ^ 255),
      ),
  });
  const served = pipeline(accepted, flip, accepted).then(
    () => 'done',
    (error) => describe(error),
  );
  client.end(kBytes);
  const came = await buffer(client);
  return {
    isRight: came.every((byte, i) => byte === (Number(kBytes[i]) ^ 255)),
    served: await served,
  };
});

overBoth(t, 'for await, left by a break', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const theirs = record(accepted);
  accepted.write('one');
  const events = record(client, { reads: false });
  for await (const chunk of client) {
    events.push(`got ${chunk}`);
    break;
  }
  await Promise.all([closed(client), closed(accepted)]);
  return { events, theirs, destroyed: client.destroyed };
});

overBoth(t, 'for await, to the end', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  accepted.end(kBytes);
  const hash = createHash('sha256');
  for await (const chunk of client) hash.update(chunk);
  return hash.digest('hex') === kHash;
});

overBoth(t, "'readable' and read(size)", async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const parts: unknown[] = [];
  client.on('readable', () => {
    for (let part = client.read(2); part !== null; part = client.read(2)) parts.push(`${part}`);
  });
  accepted.write('abc');
  await until(() => parts.length === 1 && client.readableLength === 1, 'the first part');
  parts.push(client.read(100), String(client.read()));
  accepted.write('def');
  await until(() => parts.length === 4, 'the second part');
  accepted.end();
  await once(client, 'end');
  return parts;
});

overBoth(t, 'unshift()', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  accepted.write('head body');
  const [head] = await once(client, 'data');
  client.pause();
  client.unshift((head as Buffer).subarray(5));
  accepted.end('!');
  return text(client);
});

overBoth(t, 'cork() and uncork()', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  let came = '';
  accepted.on('data', (data) => (came += data));
  client.cork();
  client.cork();
  client.write('one ');
  client.write('two ');
  const corked = [client.writableCorked, client.writableLength];
  await someTurns();
  const before = came;
  client.uncork();
  await someTurns();
  const half = came;
  client.uncork();
  await until(() => came === 'one two ', 'it comes');
  client.cork();
  client.end('three');
  await closed(client);
  return { corked, before, half, came };
});

overBoth(t, 'pause() and resume()', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const events = record(client);
  accepted.write('one');
  await once(client, 'data');
  const same = client.pause() === client;
  accepted.write('two');
  await someTurns();
  events.push('resumed');
  const came = once(client, 'data');
  client.resume();
  await came;
  return { events, same, isPaused: client.isPaused() };
});

overBoth(t, 'onread', async (t, way) => {
  const server = await startServer(t, way);
  server.on('connection', (socket) => socket.end('hello, world'));
  const memory = Buffer.alloc(4);
  const parts: string[] = [];
  let isSame = true;
  const client = way.net.connect({
    path: way.path,
    onread: {
      buffer: memory,
      callback: (count: number, buffer: Uint8Array) => {
        isSame &&= buffer === memory;
        parts.push(Buffer.from(buffer.subarray(0, count)).toString());
        return true;
      },
    },
  });
  const events = record(client);
  await closed(client);
  return {
    text: parts.join(''),
    isBounded: parts.every((part) => part.length <= 4),
    isSame,
    events,
  };
});

overBoth(t, 'onread that pauses', async (t, way) => {
  const server = await startServer(t, way);
  server.on('connection', (socket) => socket.end('abcdefgh'));
  const parts: string[] = [];
  let buffers = 0;
  const client = way.net.connect({
    path: way.path,
    onread: {
      buffer: () => Buffer.alloc(++buffers && 4),
      callback: (count: number, buffer: Uint8Array) => {
        parts.push(Buffer.from(buffer.subarray(0, count)).toString());
        return false;
      },
    },
  });
  await until(() => parts.length === 1, 'the first part');
  await someTurns();
  const before = [...parts];
  await until(() => {
    client.resume();
    return client.destroyed;
  }, 'the rest');
  return { before, text: parts.join(''), isAsked: buffers > 1 };
});

overBoth(t, 'the promise of pipeline() to a peer that is gone', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  accepted.on('error', () => {}).resume();
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield kBytes;
  }
  const sending = pipeline(endless(), client);
  await once(accepted, 'data');
  accepted.destroy();
  const error = await sending.catch((failure) => failure);
  return (
    error instanceof Error &&
    /^(EPIPE|ECONNRESET)$/.test(String((error as NodeJS.ErrnoException).code))
  );
});
