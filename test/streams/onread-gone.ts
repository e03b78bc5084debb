// The buffer of `onread` goes away: the stream fails, instead of falling silent; or, if there is a
// function, another buffer is asked for.
import { once } from 'node:events';
import type { OnReadOptions } from 'smipc';
import t, { type Test } from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import { memory, spoil } from '../fixtures/data/spoil.js';
import { until } from '../fixtures/timing/until.js';

const failed = { code: 'ERR_INVALID_STATE', syscall: 'read' };
const kViews = {
  'of a fixed length': (buffer: ArrayBuffer) => new Uint8Array(buffer, 0, 4),
  'as long as its memory': (buffer: ArrayBuffer) => new Uint8Array(buffer),
};

function open(t: Test, onread: OnReadOptions) {
  const pair = streamPair(t, {}, { onread });
  pair.writer.on('error', () => {});
  return pair;
}

for (const way of ['transfer', 'shrink'] as const) {
  for (const [what, view] of Object.entries(kViews)) {
    t.test(`in its callback: ${way}, ${what}`, async (t) => {
      const buffer = view(memory(4));
      let text = '';
      const callback = (count: number) => {
        text += Buffer.from(buffer.subarray(0, count)).toString();
        spoil(buffer.buffer, way);
      };
      const { writer, reader } = open(t, { buffer, callback });
      writer.write('abcdef');
      t.match(await once(reader, 'error'), [failed]);
      t.equal(text, 'abcd');
    });

    t.test(`in its callback, and nothing more comes: ${way}, ${what}`, async (t) => {
      const buffer = view(memory(4));
      const callback = () => spoil(buffer.buffer, way);
      const { writer, reader } = open(t, { buffer, callback });
      writer.write('abcd');
      t.match(await once(reader, 'error'), [failed]);
    });

    t.test(`in the last callback: ${way}, ${what}`, async (t) => {
      const buffer = view(memory(4));
      const callback = () => spoil(buffer.buffer, way);
      const { writer, reader } = open(t, { buffer, callback });
      writer.end('abcd');
      await once(reader, 'end');
      t.pass('all has been read: it is the end');
    });

    t.test(`while the read waits: ${way}, ${what}`, async (t) => {
      const buffer = view(memory(4));
      const { writer, reader } = open(t, { buffer, callback: () => t.fail('called') });
      await until(() => reader.channel !== undefined, 'it waits');
      spoil(buffer.buffer, way);
      writer.write('abcd');
      t.match(await once(reader, 'error'), [failed]);
    });

    t.test(`a function is asked for another: ${way}, ${what}`, async (t) => {
      const asked: Uint8Array[] = [];
      let text = '';
      const onread: OnReadOptions = {
        buffer() {
          const buffer = view(memory(4));
          asked.push(buffer);
          return buffer;
        },
        callback(count, buffer) {
          text += Buffer.from(buffer.subarray(0, count)).toString();
          spoil(buffer.buffer as ArrayBuffer, way);
        },
      };
      const { writer, reader } = open(t, onread);
      await until(() => asked.length === 1, 'the read waits');
      spoil(asked[0]?.buffer as ArrayBuffer, way);
      writer.end('abcdef');
      await once(reader, 'end');
      t.equal(text, 'abcdef');
    });
  }

  t.test(`a function that gives what is gone: ${way}`, async (t) => {
    const buffer = new Uint8Array(memory(4), 0, 4);
    spoil(buffer.buffer, way);
    let calls = 0;
    const onread = {
      buffer: () => {
        calls++;
        return buffer;
      },
      callback: () => t.fail('called'),
    };
    const { reader } = open(t, onread);
    t.match(await once(reader, 'error'), [failed]);
    t.equal(calls, 1);
  });
}

t.test('one that shrinks is not overrun', async (t) => {
  const memory4 = memory(4) as ArrayBuffer & { resize(bytes: number): void };
  const counts: number[] = [];
  const callback = (count: number) => {
    counts.push(count);
    memory4.resize(1);
  };
  const { writer, reader } = open(t, { buffer: new Uint8Array(memory4), callback });
  writer.end('abcdef');
  await once(reader, 'end');
  t.strictSame(counts, [4, 1, 1]);
});
