// A peer that came, did all, and left before this side's event loop turned, was there all the same; and
// what it read, it read.
import { once } from 'node:events';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

t.test('waitForPeer() of a reader', async (t) => {
  const { writer, reader } = streamPair(t);
  const wait = reader.resume().waitForPeer();
  writer.end('all of it');
  await once(reader, 'end');
  await wait;
  t.equal(reader.pending, false);
  await reader.waitForPeer();
});

t.test('drained() of a writer', async (t) => {
  const { writer, reader } = streamPair(t);
  writer.on('error', () => {}).write('five.');
  const drained = writer.drained();
  await once(reader, 'readable');
  t.equal(String(reader.read()), 'five.');
  reader.destroy();
  await drained;
});
