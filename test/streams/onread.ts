// onread: the bytes come in a buffer that is used again and again, as with net.Socket. Pausing, ends
// and errors are as with every other stream.
import { once } from 'node:events';
import { createReadStream, createWriteStream, type OnReadOptions } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { streamPair } from '../fixtures/channels/pair.js';
import { checkPattern } from '../fixtures/data/pattern.js';
import { startRandomWriter } from '../fixtures/data/random-writer.js';
import { newSeed } from '../fixtures/data/seed.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

t.test('every byte, in one buffer', async (t) => {
  const args = { name: uniqueName(t), total: 40 * 1024 * 1024 + 7, seed: newSeed(t) };
  const writer = startRandomWriter(t, args);
  const buffer = Buffer.alloc(10_000);
  let position = 0;
  const reader = createReadStream(args.name, {
    onread: {
      buffer,
      callback(bytesRead, given) {
        if (given !== buffer) throw new Error('another buffer');
        checkPattern(buffer.subarray(0, bytesRead), position, args.seed);
        position += bytesRead;
      },
    },
  });
  reader.on('data', () => t.fail('no data event'));
  await once(reader, 'end');
  t.equal(position, args.total);
  t.equal(reader.bytesRead, args.total);
  await once(reader, 'close');
  t.match(await writer.exit, { code: 0, stderr: '' });
});

t.test('a function is asked for a buffer once for each read', async (t) => {
  const given: Uint8Array[] = [];
  const read: [number, Uint8Array][] = [];
  const onread: OnReadOptions = {
    buffer: () => {
      const buffer = new Uint8Array(4);
      given.push(buffer);
      return buffer;
    },
    callback: (bytesRead, buffer) => read.push([bytesRead, buffer]),
  };
  const { writer, reader } = streamPair(t, {}, { onread });
  writer.write('abcdef');
  await until(() => read.length === 2, 'both parts');
  await someTurns();
  writer.end('g');
  await once(reader, 'end');
  t.strictSame(
    read.map(([bytesRead, buffer]) => Buffer.from(buffer.subarray(0, bytesRead)).toString()),
    ['abcd', 'ef', 'g'],
  );
  t.strictSame(
    read.map(([, buffer]) => given.indexOf(buffer)),
    [0, 1, 2],
  );
  t.ok(given.length <= 4, 'none but the last was asked for in vain');
});

for (const how of ['false', 'pause()'] as const) {
  t.test(`paused by ${how}: nothing is taken until resume()`, async (t) => {
    let text = '';
    const buffer = Buffer.alloc(3);
    const onread: OnReadOptions = {
      buffer,
      callback: (bytesRead) => {
        text += buffer.toString('latin1', 0, bytesRead);
        if (how === 'false') return false;
        reader.pause();
        return true;
      },
    };
    const { writer, reader } = streamPair(t, {}, { onread });
    writer.end('abcdefgh');
    for (const expected of ['abc', 'abcdef', 'abcdefgh']) {
      await until(() => text === expected, expected);
      await someTurns();
      t.equal(text, expected);
      t.equal(reader.isPaused(), true);
      t.equal(reader.bytesRead, expected.length);
      reader.resume();
    }
    await once(reader, 'end');
  });
}

t.test('paused before it is open', async (t) => {
  let count = 0;
  const onread = {
    buffer: Buffer.alloc(10),
    callback: (bytesRead: number) => (count += bytesRead),
  };
  const { writer, reader } = streamPair(t, {}, { onread });
  reader.pause();
  writer.write('abc');
  await until(() => reader.channel, 'open');
  await someTurns();
  t.equal(count, 0);
  reader.resume();
  reader.pause();
  await someTurns();
  t.equal(count, 0);
  reader.resume();
  await until(() => count === 3, 'the bytes');
});

t.test('destroyed in the callback', async (t) => {
  let calls = 0;
  const onread: OnReadOptions = {
    buffer: Buffer.alloc(1),
    callback: () => {
      calls++;
      reader.destroy();
    },
  };
  const { writer, reader } = streamPair(t, {}, { onread });
  writer.on('error', () => {});
  writer.write('abc');
  await once(reader, 'close');
  t.equal(calls, 1);
});

t.test('resumed after the end', async (t) => {
  const onread = { buffer: Buffer.alloc(1000), callback: () => true };
  const { writer, reader } = streamPair(t, {}, { onread, autoDestroy: false });
  reader.on('error', (error) => t.fail(error.message));
  writer.end('abc');
  await once(reader, 'end');
  reader.pause();
  reader.resume();
  await someTurns();
  t.equal(reader.bytesRead, 3);
});

t.test('an abort is an error, after the last byte', async (t) => {
  let count = 0;
  const onread = { buffer: Buffer.alloc(2), callback: (bytesRead: number) => (count += bytesRead) };
  const { writer, reader } = streamPair(t, {}, { onread });
  writer.write('abc');
  await until(() => writer.bytesWritten === 3, 'written');
  writer.destroy();
  const [error] = await once(reader, 'error');
  t.match(error, { code: 'ECONNRESET', peer: 'aborted' });
  t.equal(count, 3);
});

t.test('other streams and timers have their turn', async (t) => {
  let turns = 0;
  let bytes = 0;
  const onread = { buffer: Buffer.alloc(1024), callback: (size: number) => (bytes += size) };
  const { writer } = streamPair(t, { capacity: 64 * 1024 }, { onread });
  const chunk = Buffer.alloc(64 * 1024);
  const feed = () => {
    while (bytes < 64e6 && writer.write(chunk));
    if (bytes < 64e6) writer.once('drain', feed);
  };
  feed();
  const timer = setInterval(() => turns++, 1);
  t.teardown(() => clearInterval(timer));
  await until(() => bytes >= 64e6, 'all bytes');
  t.ok(turns > 0);
});

t.test('what a buffer function does wrong destroys the stream', async (t) => {
  for (const [buffer, code] of [
    [() => 'x', 'ERR_INVALID_ARG_TYPE'],
    [() => new Uint8Array(0), 'ERR_INVALID_ARG_VALUE'],
    [
      () => {
        throw Object.assign(new Error('mine'), { code: 'MINE' });
      },
      'MINE',
    ],
  ] as const) {
    const onread = { buffer: buffer as () => Uint8Array, callback: () => t.fail('called') };
    const reader = createReadStream(uniqueName(t), { onread });
    const [error] = await once(reader, 'error');
    t.match(error, { code });
  }
});

t.test('wrong options', (t) => {
  const name = uniqueName(t);
  const buffer = Buffer.alloc(10);
  const callback = () => {};
  const onread = { buffer, callback };
  const cases: [unknown, string][] = [
    [{ onread: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ onread: null }, 'ERR_INVALID_ARG_TYPE'],
    [{ onread: {} }, 'ERR_INVALID_ARG_TYPE'],
    [{ onread: { buffer } }, 'ERR_INVALID_ARG_TYPE'],
    [{ onread: { callback } }, 'ERR_INVALID_ARG_TYPE'],
    [{ onread: { buffer: new Uint16Array(4), callback } }, 'ERR_INVALID_ARG_TYPE'],
    [{ onread: { buffer: Buffer.alloc(0), callback } }, 'ERR_INVALID_ARG_VALUE'],
    [{ onread, objectMode: true }, 'ERR_INVALID_ARG_VALUE'],
    [{ onread, messages: true }, 'ERR_INVALID_ARG_VALUE'],
    [{ onread, encoding: 'utf8' }, 'ERR_INVALID_ARG_VALUE'],
  ];
  for (const [options, code] of cases) {
    t.throws(() => createReadStream(name, options as object), { code });
  }
  t.doesNotThrow(() => createWriteStream(name).destroy(), 'no role was taken');
  t.end();
});
