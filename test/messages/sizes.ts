// Messages of every small size, and of the sizes around the ring's and around the sizes at which the
// library changes its way, arrive whole, alone and in order.
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';
import { someTurns } from '../fixtures/timing/turns.js';

const options = { messages: true };

/** `size - 5` … `size + 5` */
const around = (size: number): number[] => Array.from({ length: 11 }, (_, i) => size - 5 + i);

for (const capacity of [4096, 8192, 65_536]) {
  const small = Array.from({ length: 300 }, (_, size) => size);
  const sizes = [
    ...small,
    ...[capacity / 2, capacity, 2 * capacity, 16 * 1024, 64 * 1024, 128 * 1024].flatMap(around),
    ...small.toReversed(),
  ];

  for (const pace of ['as fast as it goes', 'one at a time']) {
    t.test(`a ring of ${capacity}, ${pace}`, async (t) => {
      const { writer, reader } = streamPair(t, { ...options, capacity }, options);
      const write = async () => {
        for (const [i, size] of sizes.entries()) {
          const message = Buffer.alloc(size);
          fillPattern(message, 0, i);
          writer.write(message);
          if (pace === 'one at a time') await writer.drained();
          else if (writer.writableNeedDrain) await someTurns(1);
        }
        writer.end();
      };
      const read = async () => {
        const received: number[] = [];
        for await (const message of reader) {
          checkPattern(message, 0, received.length);
          received.push(message.length);
        }
        return received;
      };
      const [received] = await Promise.all([read(), write()]);
      t.strictSame(received, sizes);
    });
  }
}
