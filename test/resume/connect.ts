// The opposite end has been there, if only for a moment: with `resume` too, though not if it had gone
// before this end came.
import { once } from 'node:events';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { until } from '../fixtures/timing/until.js';

t.test('a reader that came and went', async (t) => {
  const name = uniqueName(t);
  const writer = openChannel(name, 'w', { resume: true });
  t.teardown(() => writer.close());
  await t.rejects(writer.waitForPeer({ timeout: 0 }), { code: 'ETIMEDOUT' });
  await openChannel(name, 'r', { resume: true }).close();
  await writer.waitForPeer();
});

t.test('a writer that came and went', async (t) => {
  const name = uniqueName(t);
  const reader = createReadStream(name, { resume: true });
  t.teardown(() => reader.destroy());
  let hasConnected = false;
  reader.on('connect', () => {
    hasConnected = true;
  });
  t.equal(reader.pending, true);
  const writer = openChannel(name, 'w', { resume: true });
  writer.tryWrite(Buffer.from('something'));
  void writer.close();
  // An idle reader does not keep this process alive.
  await until(() => hasConnected, "'connect'");
  t.equal(reader.pending, false);
});

t.test('one that went before', async (t) => {
  const name = uniqueName(t);
  const first = openChannel(name, 'w', { resume: true });
  first.tryWrite(Buffer.from('something'));
  await first.close();
  const reader = createReadStream(name, { resume: true });
  t.teardown(() => reader.destroy());
  t.strictSame(await once(reader, 'data'), [Buffer.from('something')]);
  t.equal(reader.pending, true);
  await t.rejects(reader.waitForPeer({ timeout: 20 }), { code: 'ETIMEDOUT' });
  const second = createWriteStream(name, { resume: true });
  t.teardown(() => second.destroy());
  await reader.waitForPeer();
  t.equal(reader.pending, false);
});
