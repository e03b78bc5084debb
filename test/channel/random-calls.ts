// Calls of every kind in random order and of random sizes, in one process: the reader gets exactly
// the writer's bytes.
import t from 'tap';
import { openPair } from '../fixtures/channels/pair.js';
import { checkPattern, fillPattern, random } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';

for (const capacity of [4096, 64 * 1024, 1024 * 1024]) {
  t.test(`a ring of ${capacity}`, async (t) => {
    const seed = newSeed(t);
    const { below, between } = random(seed);
    const { writer, reader } = openPair(t, { capacity });
    const total = 40 * capacity;

    const write = async () => {
      while (writer.position < total) {
        const { position } = writer;
        const size = Math.min(below(2 ** between(0, 22)), total - position);
        const bytes = Buffer.allocUnsafe(size);
        fillPattern(bytes, position, seed);
        if (below(2) === 0) writer.tryWrite(bytes);
        else await writer.write(bytes);
      }
      writer.end();
    };
    const read = async () => {
      const room = Buffer.alloc(2 * capacity);
      while (!reader.ended) {
        const { position } = reader;
        const target = room.subarray(0, between(1, 2 ** between(0, Math.log2(room.length))));
        const min = between(1, target.length);
        const count = below(3) === 0 ? reader.tryRead(target) : await reader.read(target, { min });
        checkPattern(target.subarray(0, count), position, seed);
      }
    };
    await Promise.all([write(), read()]);
    t.equal(reader.position, total);
  });
}
