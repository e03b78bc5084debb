// The next owner comes while the survivor looks whether there is one: between two of its looks. It must
// not be held for away, then or later.
import { setTimeout } from 'node:timers/promises';
import { type Channel, createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { loadedAddon } from '../fixtures/hosts/addon.js';
import { until } from '../fixtures/timing/until.js';

// The addon itself: nothing else comes between two looks.
const addon = loadedAddon() as Record<
  'endpointPeer' | 'endpointTenures',
  (...args: unknown[]) => unknown
>;
const looks = ['endpointPeer', 'endpointTenures'] as const;
const limitMs = 100;

for (const look of looks) {
  for (const role of ['reader', 'writer'] as const) {
    t.test(`before the survivor's ${look}, as a ${role}`, async (t) => {
      const name = uniqueName(t);
      const survivor =
        role === 'reader'
          ? createWriteStream(name, { resume: true, resumeTimeout: limitMs })
          : createReadStream(name, { resume: true, resumeTimeout: limitMs }).resume();
      survivor.on('error', (error) => t.fail(error));
      t.teardown(() => survivor.destroy());
      const mode = role === 'reader' ? 'r' : 'w';
      const first = openChannel(name, mode, { resume: true });
      await survivor.waitForPeer();
      let takeover: unknown;
      survivor.on('resumed', (value) => {
        takeover = value;
      });

      const { [look]: original } = addon;
      t.teardown(() => {
        addon[look] = original;
      });
      let second: Channel | undefined;
      let isGone = false;
      addon[look] = (...args) => {
        if (isGone && second === undefined) {
          addon[look] = original;
          second = openChannel(name, mode, { resume: true });
        }
        return original(...args);
      };
      void first.close();
      isGone = true;
      await until(() => second !== undefined, 'the survivor to look');
      t.match(await until(() => takeover, "'resumed'"), { role, takeovers: 1 });
      await setTimeout(3 * limitMs);
      // Only now does the limit begin: the third comes in time.
      await second?.close();
      const third = openChannel(name, mode, { resume: true });
      await setTimeout(limitMs);
      t.equal(survivor.destroyed, false);
      await third.close();
    });
  }
}
