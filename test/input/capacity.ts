// Capacities are rounded up to a power of two, 4096 at least; the creator's counts.
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';

for (const [asked, given] of [
  [1, 4096],
  [4095, 4096],
  [4096, 4096],
  [4097, 8192],
  [65_536, 65_536],
  [65_537, 131_072],
  [1_000_000, 1_048_576],
  [undefined, 1_048_576],
]) {
  t.test(`${asked}`, async (t) => {
    const name = uniqueName(t);
    const writer = openChannel(name, 'w', { capacity: asked });
    const reader = openChannel(name, 'r', { capacity: 123 });
    t.equal(writer.capacity, given);
    t.equal(reader.capacity, given);
    t.equal(writer.tryWrite(Buffer.alloc(2_000_000)), given, 'all of it can be used');
    await Promise.all([writer.close(), reader.close()]);
  });
}
