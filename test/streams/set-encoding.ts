// Characters of several bytes that are cut by the borders of chunks come out whole.
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

const text = 'aä€😀'.repeat(500);

async function collect(reader: AsyncIterable<string>): Promise<string> {
  let read = '';
  for await (const part of reader) {
    if (typeof part !== 'string') throw new Error('not a string');
    read += part;
  }
  return read;
}

for (const highWaterMark of [1, 3, 1000, undefined]) {
  t.test(`setEncoding, highWaterMark ${highWaterMark}`, async (t) => {
    const { writer, reader } = streamPair(t, {}, { highWaterMark });
    reader.setEncoding('utf8');
    writer.end(text);
    t.equal(await collect(reader), text);
  });
}

t.test('a character of which a byte comes at a time', async (t) => {
  const { writer, reader } = streamPair(t);
  reader.setEncoding('utf8');
  const read = collect(reader);
  for (const byte of Buffer.from('😀€')) {
    writer.write(Buffer.of(byte));
    await writer.drained();
  }
  writer.end();
  t.equal(await read, '😀€');
});

for (const encoding of ['utf8', 'utf16le', 'hex', 'base64'] as const) {
  t.test(`the option encoding: '${encoding}'`, async (t) => {
    const { writer, reader } = streamPair(t, {}, { encoding, highWaterMark: 5 });
    writer.end(Buffer.from(text, 'utf16le'));
    t.equal(await collect(reader), Buffer.from(text, 'utf16le').toString(encoding));
  });
}

t.test('messages as strings, one each', async (t) => {
  const { writer, reader } = streamPair(
    t,
    { messages: true },
    { messages: true, encoding: 'utf8' },
  );
  for (const part of ['ä', '', '€uro']) writer.write(part);
  writer.end();
  const messages: unknown[] = [];
  for await (const message of reader) messages.push(message);
  t.strictSame(messages, ['ä', '', '€uro']);
});
