// Channels among other web streams: pipeThrough(), tee(), `for await`, text through a decoder.
import t from 'tap';
import { webPair } from '../fixtures/channels/web-pair.js';

const text = 'ä€😀'.repeat(3000);

/** Writes in chunks that cut characters. */
async function write(writable: WritableStream, bytes: Uint8Array): Promise<void> {
  const writer = writable.getWriter();
  for (let i = 0; i < bytes.length; i += 1001) await writer.write(bytes.subarray(i, i + 1001));
  await writer.close();
}

async function readText(stream: ReadableStream): Promise<string> {
  let read = '';
  for await (const part of stream.pipeThrough(new TextDecoderStream())) read += part;
  return read;
}

t.test('TextDecoderStream', async (t) => {
  const { writable, readable } = webPair(t, { capacity: 4096 });
  const written = write(writable, Buffer.from(text));
  t.equal(await readText(readable), text);
  await written;
});

t.test('compressed on the way', async (t) => {
  const { writable, readable } = webPair(t, { capacity: 4096 });
  const compress = new CompressionStream('gzip');
  const piped = compress.readable.pipeTo(writable);
  const written = write(compress.writable, Buffer.from(text));
  t.equal(await readText(readable.pipeThrough(new DecompressionStream('gzip'))), text);
  await Promise.all([piped, written]);
});

t.test('tee(): both branches get everything', async (t) => {
  const { writable, readable } = webPair(t, { capacity: 4096 });
  const written = write(writable, Buffer.from(text));
  const branches = readable.tee();
  t.strictSame(await Promise.all(branches.map(readText)), [text, text]);
  await written;
});

t.test('for await, and leaving it early', async (t) => {
  const { writable, readable } = webPair(t);
  const writer = writable.getWriter();
  await writer.write(Buffer.from('first'));
  for await (const chunk of readable) {
    t.equal(Buffer.from(chunk).toString(), 'first');
    break;
  }
  await t.rejects(writer.write(Buffer.from('second')), { code: 'EPIPE', peer: 'closed' });
});
