// A reader whose role is free only later reads what there is, however it is asked, also with the
// highWaterMark of 0 that `acknowledge` brings.
import { once } from 'node:events';
import {
  type ChannelReadStream,
  createReadStream,
  createWriteStream,
  openChannel,
  type ReadStreamOptions,
} from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { someTurns } from '../fixtures/timing/turns.js';

const objects = { objectMode: true, resume: true } as const;

const optionsOf: Record<string, ReadStreamOptions> = {
  'acknowledged objects': { ...objects, acknowledge: true },
  'objects, highWaterMark 0': { ...objects, highWaterMark: 0 },
  'objects, highWaterMark 1': { ...objects, highWaterMark: 1 },
  'acknowledged messages': { messages: true, resume: true, acknowledge: true },
  'bytes, highWaterMark 0': { resume: true, highWaterMark: 0 },
  'bytes, not resumable': { highWaterMark: 0 },
};

const waysToRead: Record<string, (reader: ChannelReadStream) => Promise<string>> = {
  'for await': async (reader) => {
    for await (const value of reader) return String(value);
    throw new Error('nothing came');
  },
  "'readable'": async (reader) => {
    for (;;) {
      await once(reader, 'readable');
      const value: unknown = reader.read();
      if (value !== null) return String(value);
    }
  },
  'read() before': async (reader) => {
    reader.read();
    for (;;) {
      await once(reader, 'readable');
      const value: unknown = reader.read();
      if (value !== null) return String(value);
    }
  },
  "'data'": async (reader) => String((await once(reader, 'data'))[0]),
};

for (const [what, options] of Object.entries(optionsOf)) {
  for (const [how, read] of Object.entries(waysToRead)) {
    for (const isWritten of ['before', 'after'] as const) {
      t.test(`${what}, ${how}, written ${isWritten}`, async (t) => {
        const name = uniqueName(t);
        const { objectMode, messages, resume } = options;
        const holder = createReadStream(name, { objectMode, messages, resume });
        const reader = createReadStream(name, { ...options, wait: true });
        t.teardown(() => reader.destroy());
        const value = read(reader);
        await someTurns();
        t.equal(reader.channel, undefined);
        const write = () => {
          const writer = createWriteStream(name, { objectMode, messages, resume, wait: true });
          t.teardown(() => writer.destroy());
          writer.write('here');
        };
        if (isWritten === 'before' && resume) write();
        holder.destroy();
        if (isWritten === 'after' || !resume) {
          await reader.opened();
          await someTurns();
          write();
        }
        t.equal(await value, 'here');
      });
    }
  }
}

t.test('one that nobody reads takes nothing', async (t) => {
  const name = uniqueName(t);
  const holder = openChannel(name, 'r', { resume: true });
  const reader = createReadStream(name, { resume: true, wait: true });
  const writer = createWriteStream(name, { resume: true });
  t.teardown(() => {
    reader.destroy();
    writer.destroy();
  });
  writer.write('here');
  await holder.close();
  await reader.opened();
  await someTurns();
  t.equal(reader.channel?.status().used, 4);
});
