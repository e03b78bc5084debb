// Node's own stream options mean what they mean elsewhere: highWaterMark, autoDestroy, emitClose.
import { once } from 'node:events';
import { createWriteStream } from 'smipc';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

t.test('highWaterMark: the defaults', async (t) => {
  const bytes = streamPair(t);
  t.equal(bytes.reader.readableHighWaterMark, 256 * 1024);
  t.equal(bytes.writer.writableHighWaterMark, 256 * 1024);
  t.notOk(bytes.reader.readableObjectMode || bytes.writer.writableObjectMode);
  const options = { objectMode: true };
  const objects = streamPair(t, options, options);
  t.equal(objects.reader.readableHighWaterMark, 16);
  t.equal(objects.writer.writableHighWaterMark, 16);
  t.ok(objects.reader.readableObjectMode && objects.writer.writableObjectMode);
});

t.test('highWaterMark: given', async (t) => {
  const capacity = 4096;
  const { writer, reader } = streamPair(t, { capacity, highWaterMark: 10 }, { highWaterMark: 3 });
  t.equal(reader.readableHighWaterMark, 3);
  t.equal(writer.writableHighWaterMark, 10);
  writer.write(Buffer.alloc(capacity));
  t.equal(writer.write('123456789'), true);
  t.equal(writer.write('0'), false);
  const [chunk] = await once(reader, 'data');
  t.equal(chunk.length, 3, 'no chunk is larger');
});

t.test('highWaterMark: 0', async (t) => {
  const { writer, reader } = streamPair(t, { highWaterMark: 0 }, { highWaterMark: 0 });
  writer.write('x');
  await someTurns();
  t.equal(reader.bytesRead, 0);
  t.equal(String((await once(reader, 'data'))[0]), 'x');
});

t.test('autoDestroy: false', async (t) => {
  const options = { autoDestroy: false };
  const { name, writer, reader } = streamPair(t, options, options);
  writer.end('x');
  reader.resume();
  await Promise.all([once(writer, 'finish'), once(reader, 'end')]);
  await someTurns();
  t.equal(writer.destroyed, false);
  t.equal(reader.destroyed, false);
  // The roles are free all the same.
  const next = createWriteStream(name, { create: 'always' });
  t.teardown(() => next.destroy());
  await next.waitForPeer({ timeout: 0 }).catch((error) => t.match(error, { code: 'ETIMEDOUT' }));
  writer.destroy();
  reader.destroy();
  await Promise.all([once(writer, 'close'), once(reader, 'close')]);
});

t.test('emitClose', async (t) => {
  for (const emitClose of [true, false]) {
    const { writer, reader } = streamPair(t, { emitClose }, { emitClose });
    let closes = 0;
    for (const stream of [writer, reader]) {
      stream.on('close', () => closes++);
      stream.destroy();
    }
    await until(() => writer.closed && reader.closed, 'both are closed');
    await someTurns();
    t.equal(closes, emitClose ? 2 : 0);
  }
});
