// An error anywhere in two pipelines that a channel connects ends both, each with the code that says
// what happened, and destroys every stream in them.
import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import t, { type Test } from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

/** source | channel | sink, under way: the source never ends. */
async function start(t: Test, sink: Writable = new PassThrough().resume()) {
  const source = new Readable({
    read() {
      setImmediate(() => this.push(Buffer.alloc(1000)));
    },
  });
  const { writer, reader } = streamPair(t, { capacity: 4096 });
  const abort = new AbortController();
  const into = pipeline(source, writer, { signal: abort.signal });
  const out = pipeline(reader, sink);
  // They are awaited one after the other; neither rejection goes unhandled meanwhile.
  for (const promise of [into, out]) promise.catch(() => {});
  await once(reader, 'connect');
  return { source, writer, reader, sink, into, out, abort };
}

t.test('the source fails', async (t) => {
  const { source, writer, sink, into, out } = await start(t);
  source.destroy(Object.assign(new Error('no more'), { code: 'ESOURCE' }));
  await t.rejects(into, { code: 'ESOURCE' });
  await t.rejects(out, { code: 'ECONNRESET', peer: 'aborted', syscall: 'read' });
  t.ok(writer.destroyed && sink.destroyed);
});

t.test('the sink fails', async (t) => {
  const failing = new Writable({
    write: (_chunk, _encoding, callback) =>
      callback(Object.assign(new Error('full'), { code: 'ESINK' })),
  });
  const { source, reader, into, out } = await start(t, failing);
  await t.rejects(out, { code: 'ESINK' });
  await t.rejects(into, { code: 'EPIPE', peer: 'closed', syscall: 'write' });
  t.ok(source.destroyed && reader.destroyed);
});

t.test('the writer is destroyed', async (t) => {
  const { source, writer, sink, into, out } = await start(t);
  writer.destroy();
  await t.rejects(into, { code: 'ERR_STREAM_PREMATURE_CLOSE' });
  await t.rejects(out, { code: 'ECONNRESET', peer: 'aborted' });
  t.ok(source.destroyed && sink.destroyed);
});

t.test('the reader is destroyed', async (t) => {
  const { source, reader, sink, into, out } = await start(t);
  reader.destroy();
  await t.rejects(out, { code: 'ERR_STREAM_PREMATURE_CLOSE' });
  await t.rejects(into, { code: 'EPIPE', peer: 'closed' });
  t.ok(source.destroyed && sink.destroyed);
});

t.test('the pipeline is aborted', async (t) => {
  const { source, abort, into, out } = await start(t);
  abort.abort();
  await t.rejects(into, { name: 'AbortError', code: 'ABORT_ERR' });
  await t.rejects(out, { code: 'ECONNRESET', peer: 'aborted' });
  t.ok(source.destroyed);
});
