// The ring is filled to the last byte at every offset of it, so that every wrap there is comes up.
import t from 'tap';
import { openPair } from '../fixtures/channels/pair.js';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';

t.test('wrap at every offset of a ring of 4096', (t) => {
  const capacity = 4096;
  const { writer, reader } = openPair(t, { capacity });
  const bytes = Buffer.alloc(capacity + 1);
  for (let offset = 0; offset < capacity; offset++) {
    const { position } = writer;
    fillPattern(bytes, position);
    // Full, and one byte that does not fit: the next round begins one further.
    if (writer.tryWrite(bytes) !== capacity) throw new Error(`not all written at ${offset}`);
    const one = bytes.subarray(0, 1);
    if (reader.tryRead(one) !== 1) throw new Error(`not read at ${offset}`);
    checkPattern(one, position);
    fillPattern(one, position + capacity);
    if (writer.tryWrite(one) !== 1) throw new Error(`not written at ${offset}`);
    const rest = bytes.subarray(1);
    if (reader.readSync(rest, { min: capacity }) !== capacity) {
      throw new Error(`not all read at ${offset}`);
    }
    checkPattern(rest, position + 1);
  }
  t.equal(reader.position, capacity * (capacity + 1));
  t.equal(writer.position, reader.position);
  t.end();
});
