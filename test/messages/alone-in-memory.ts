// A message stands in memory of its own, whatever its size and whatever came before and behind it:
// whoever keeps it keeps no more, finds nothing else in it, and may transfer it.
import { type ReadStreamOptions, structuredCloneSerializer, type WriteStreamOptions } from 'smipc';
import t, { type Test } from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';

// Around where V8, and the library, change their ways; small and large ones by turns.
const sizes = [
  ...[0, 1, 24, 25, 64, 65, 100, 512, 513, 5000, 8192, 8193, 16_384, 65_532, 65_533, 100_000],
  ...[16, 100_000, 16, 30_000, 30_000, 0, 300_000, 300_000, 1, 65_536, 100],
];

async function receive(t: Test, options: ReadStreamOptions & WriteStreamOptions) {
  const { writer, reader } = streamPair(t, options, options);
  for (const [i, size] of sizes.entries()) {
    const message = Buffer.alloc(size);
    fillPattern(message, 0, i);
    writer.write(message);
  }
  writer.end();
  return (await reader.toArray()) as Buffer[];
}

const bytesAsTheyAre = {
  serialize: (value: Buffer) => value,
  deserialize: (bytes: Buffer) => bytes,
};

for (const [what, options] of Object.entries({
  messages: { messages: true },
  'messages of a channel with resume': { messages: true, resume: true },
  'acknowledged ones': { messages: true, resume: true, acknowledge: true },
  'what a serializer of the user’s gets': { objectMode: true, serializer: bytesAsTheyAre },
})) {
  t.test(what, async (t) => {
    const messages = await receive(t, options);
    t.strictSame(
      messages.map((message) => message.length),
      sizes,
    );
    for (const message of messages) {
      t.ok(Buffer.isBuffer(message));
      t.equal(message.byteOffset, 0);
      t.equal(message.buffer.byteLength, message.length);
    }
    // Every second one is given away, and the others do not mind.
    for (const [i, message] of messages.entries()) {
      if (i % 2 === 0) structuredClone(message, { transfer: [message.buffer as ArrayBuffer] });
    }
    for (const [i, message] of messages.entries()) {
      if (i % 2 === 0) t.equal(message.length, 0);
      else checkPattern(message, 0, i);
    }
  });
}

// A plain message, and a full one.
const values = [new Uint8Array(100), new Map([['bytes', new Uint8Array(100)]])];

for (const [i, value] of values.entries()) {
  for (const options of [{ objectMode: true }, { objectMode: true, resume: true }]) {
    t.test(`bytes in value ${i} stay as they are, ${JSON.stringify(options)}`, async (t) => {
      const { writer, reader } = streamPair(t, options, options);
      const bytesOf = (one: unknown): Uint8Array =>
        one instanceof Map ? one.get('bytes') : (one as Uint8Array);
      for (let round = 0; round < 50; round++) {
        bytesOf(value).fill(round);
        writer.write(value);
      }
      writer.end();
      const size = structuredCloneSerializer.serialize(value).length;
      for (const [round, one] of (await reader.toArray()).entries()) {
        const bytes = bytesOf(one);
        t.ok(bytes.length === 100 && bytes.every((byte) => byte === round));
        t.ok(bytes.buffer.byteLength <= size, `${bytes.buffer.byteLength} bytes`);
      }
    });
  }
}
