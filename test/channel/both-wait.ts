// The writer waits for space and the reader for more bytes than are there. Whatever the two wait for,
// one of them goes on: a writer must not wait for more space than a waiting reader leaves it.
import t from 'tap';
import { openPair } from '../fixtures/channels/pair.js';
import { someTurns } from '../fixtures/timing/turns.js';

const capacity = 4096;
/** Far longer than it takes, so that a deadlock is an error and not just a test that hangs. */
const timeout = 10_000;

for (const min of [1, 2048, 2049, 3097, 4096, 4097, 8000]) {
  t.test(`read() of ${min}`, async (t) => {
    const { writer, reader } = openPair(t, { capacity });
    const rounds = 10;
    const written = writer.write(Buffer.alloc(rounds * (1000 + min)), { timeout: 2 * timeout });
    written.catch(() => {}); // awaited below
    const target = Buffer.alloc(min);
    for (let round = 0; round < rounds; round++) {
      // The ring is full, and the writer waits. This makes space, but little.
      await reader.read(Buffer.alloc(1000), { min: 1000, timeout });
      await someTurns();
      t.equal(await reader.read(target, { min, timeout }), min);
    }
    await written;
  });
}
