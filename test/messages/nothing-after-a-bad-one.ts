// A message that cannot be deserialized ends the stream, whatever stands behind it in the ring and
// however the consumer reads: those before it are delivered, then comes the error.
import { once } from 'node:events';
import { type ChannelReadStream, createReadStream, createWriteStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';

const serializer = {
  serialize: (value: unknown) => Buffer.from(value as string),
  deserialize: (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString()),
};

const ways: Record<string, (reader: ChannelReadStream, values: unknown[]) => Promise<unknown>> = {
  'for await': async (reader, values) => {
    for await (const value of reader) values.push(value);
  },
  data: (reader, values) =>
    once(
      reader.on('data', (value) => values.push(value)),
      'end',
    ),
  readable: (reader, values) => {
    reader.on('readable', () => {
      for (let value = reader.read(); value !== null; value = reader.read()) values.push(value);
    });
    return once(reader, 'end');
  },
};

for (const [way, collect] of Object.entries(ways)) {
  t.test(way, async (t) => {
    const name = uniqueName(t);
    const writer = createWriteStream(name, { objectMode: true, serializer });
    for (const text of ['1', '2', 'bad', '3', 'bad', '4']) writer.write(text);
    writer.end();
    await once(writer, 'close');
    const reader = createReadStream(name, { objectMode: true, serializer });
    const values: unknown[] = [];
    await t.rejects(collect(reader, values), { code: 'ERR_SMIPC_CORRUPT', syscall: 'read' });
    t.strictSame(values, [1, 2]);
    t.ok(reader.destroyed);
  });
}
