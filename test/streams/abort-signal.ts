// The option `signal` destroys a stream with an AbortError, at any time: before it opens, while it is
// idle, while it waits. The other end sees a stream that was cut, never one that ended.
import { inspect } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openStream } from '../fixtures/channels/open-stream.js';
import { streamPair } from '../fixtures/channels/pair.js';

const failure = (stream: NodeJS.EventEmitter) =>
  new Promise((resolve) => stream.once('error', resolve));
const cause = new Error('my reason');
const expected = { name: 'AbortError', code: 'ABORT_ERR', cause };

for (const open of Object.values(openStream)) {
  for (const wait of [false, true]) {
    t.test(`${open.name}, wait ${wait}: aborted before`, async (t) => {
      const name = uniqueName(t);
      const stream = open(name, { signal: AbortSignal.abort(cause), wait });
      t.match(await failure(stream), expected);
      t.ok(stream.destroyed);
      t.throws(() => inspect(name), { code: 'ENOENT' });
    });
  }

  t.test(`${open.name}: aborted while it waits for the role`, async (t) => {
    const name = uniqueName(t);
    const holder = open(name);
    t.teardown(() => holder.destroy());
    const abort = new AbortController();
    const stream = open(name, { signal: abort.signal, wait: true });
    const failed = failure(stream);
    setImmediate(() => abort.abort(cause));
    t.match(await failed, expected);
    t.equal(stream.channel, undefined);
    t.equal(holder.destroyed, false);
  });
}

t.test('a writer, idle', async (t) => {
  const abort = new AbortController();
  const { writer, reader } = streamPair(t, { signal: abort.signal });
  const failures = Promise.all([failure(writer), failure(reader)]);
  reader.resume();
  abort.abort(cause);
  const [ofWriter, ofReader] = await failures;
  t.match(ofWriter, expected);
  t.match(ofReader, { code: 'ECONNRESET', peer: 'aborted' });
});

t.test('a writer that waits for space', async (t) => {
  const abort = new AbortController();
  const { writer, reader } = streamPair(t, { signal: abort.signal, capacity: 4096 });
  const failures = Promise.all([failure(writer), failure(reader)]);
  const written = new Promise((resolve) => writer.write(Buffer.alloc(10_000), resolve));
  setImmediate(() => abort.abort(cause));
  t.match(await written, expected);
  reader.resume();
  const [ofWriter, ofReader] = await failures;
  t.match(ofWriter, expected);
  t.match(ofReader, { code: 'ECONNRESET', peer: 'aborted' });
  t.equal(reader.bytesRead, 4096);
});

t.test('a reader that waits for bytes', async (t) => {
  const abort = new AbortController();
  const { writer, reader } = streamPair(t, {}, { signal: abort.signal });
  const failures = Promise.all([failure(writer), failure(reader)]);
  reader.resume();
  setImmediate(() => abort.abort(cause));
  setImmediate(() => writer.write('x'));
  const [ofWriter, ofReader] = await failures;
  t.match(ofReader, expected);
  t.match(ofWriter, { code: 'EPIPE', peer: 'closed' });
});

t.test('after the end it does nothing', async (t) => {
  const abort = new AbortController();
  const { writer, reader } = streamPair(t, { signal: abort.signal }, { signal: abort.signal });
  writer.end('whole');
  t.strictSame((await reader.toArray()).map(String), ['whole']);
  abort.abort();
  t.ok(reader.readableEnded && writer.writableFinished);
  t.equal(reader.errored, null);
});
