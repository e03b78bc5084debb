// One process writes chunks of random sizes, empty ones too; another reads them, whatever the size of
// the ring. Every byte arrives, in its place.
import { createReadStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { checkPattern } from '../fixtures/data/pattern.js';
import { startRandomWriter } from '../fixtures/data/random-writer.js';
import { newSeed } from '../fixtures/data/seed.js';

const kMiB = 1024 * 1024;

for (const [capacity, total] of [
  [4 * 1024, 4 * kMiB + 1],
  [64 * 1024, 32 * kMiB + 2],
  [kMiB, 64 * kMiB + 3],
  [16 * kMiB, 100 * kMiB + 4],
] as const) {
  t.test(`a ring of ${capacity} bytes`, async (t) => {
    const args = { name: uniqueName(t), capacity, total, seed: newSeed(t) };
    const writer = startRandomWriter(t, args);

    let position = 0;
    const reader = createReadStream(args.name, { capacity });
    for await (const chunk of reader) {
      checkPattern(chunk, position, args.seed);
      position += chunk.length;
    }
    t.equal(position, total);
    t.equal(reader.bytesRead, total);
    t.match(await writer.exit, { code: 0, stderr: '' });
  });
}
