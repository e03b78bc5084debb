// One channel piped to several sinks goes at the pace of the slowest; two channels make a duplex.
import { Duplex, PassThrough, Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import { fillPattern } from '../fixtures/data/pattern.js';

t.test('two sinks', async (t) => {
  const { writer, reader } = streamPair(t, { capacity: 4096 });
  const bytes = Buffer.alloc(100_000);
  fillPattern(bytes, 0);
  writer.end(bytes);
  const fast = new PassThrough();
  const slowChunks: Buffer[] = [];
  const slow = new Writable({
    highWaterMark: 100,
    write(chunk, _encoding, callback) {
      slowChunks.push(chunk);
      setImmediate(callback);
    },
  });
  const slowIsDone = new Promise((resolve) => slow.once('finish', resolve));
  reader.pipe(slow);
  t.ok((await buffer(reader.pipe(fast))).equals(bytes));
  await slowIsDone;
  t.ok(Buffer.concat(slowChunks).equals(bytes));
});

t.test('a duplex of two channels', async (t) => {
  const there = streamPair(t);
  const back = streamPair(t);
  const client = Duplex.from({ writable: there.writer, readable: back.reader });
  const server = Duplex.from({ writable: back.writer, readable: there.reader });
  server.pipe(server);
  client.end('echo');
  t.equal(await text(client), 'echo');
});
