// Both ends must want the same: bytes, messages or objects. Who comes second with another wish is
// refused, and the first is not disturbed.
import { once } from 'node:events';
import { inspect, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openStream } from '../fixtures/channels/open-stream.js';

const kinds = {
  bytes: {},
  messages: { messages: true },
  objects: { objectMode: true },
};
type Kind = keyof typeof kinds;
const all = Object.keys(kinds) as Kind[];

for (const first of all) {
  for (const second of all) {
    t.test(`${first}, then ${second}`, async (t) => {
      for (const [openFirst, openSecond] of [
        [openStream.r, openStream.w],
        [openStream.w, openStream.r],
      ] as const) {
        const name = uniqueName(t);
        const one = openFirst(name, kinds[first]);
        const two = openSecond(name, kinds[second]);
        t.teardown(() => {
          one.destroy();
          two.destroy();
        });
        t.equal(inspect(name).framing, first);
        if (first === second) {
          await Promise.all([one.waitForPeer(), two.waitForPeer()]);
        } else {
          const error = { code: 'ERR_SMIPC_INCOMPATIBLE', syscall: 'open', channel: name };
          t.match(await once(two, 'error'), [error]);
          t.equal(one.destroyed, false);
          t.equal(one.pending, true);
        }
      }
    });
  }
}

t.test('openChannel()', async (t) => {
  const name = uniqueName(t);
  const writer = openChannel(name, 'w', { framing: 'messages' });
  t.teardown(() => writer.close());
  t.equal(writer.framing, 'messages');
  t.throws(() => openChannel(name, 'r'), { code: 'ERR_SMIPC_INCOMPATIBLE' });
  const reader = openChannel(name, 'r', { framing: 'messages' });
  t.teardown(() => reader.close());
  t.match(reader.status(), { framing: 'messages', reader: { state: 'open' } });
});
