// What dead processes have left is swept away by whoever lists channels or opens one in the directory,
// and by prune(): if nobody could read anything of it any more. What somebody could, only
// prune({ includeUnread: true }) removes, and nothing removes what a live process holds.
import { list, openChannel, prune } from 'smipc';
import t, { type Test } from 'tap';
import { channelsIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

type Fate = 'swept' | 'unread' | 'held';

/** What a process does to a name before it is killed, or exits, or stays. */
interface Scene {
  steps: string;
  resume?: boolean;
  leaves: 'stays' | 'is killed' | 'exits';
  fate: Fate;
}

// Steps: w, r: open; b: write a byte; B: read one; e: end; E: read to the end; W, R: close.
const scenes: Scene[] = [
  { steps: 'r', leaves: 'is killed', fate: 'swept' },
  { steps: 'w', leaves: 'is killed', fate: 'swept' },
  { steps: 'wr', leaves: 'is killed', fate: 'swept' },
  { steps: 'wrbB', leaves: 'is killed', fate: 'swept' },
  { steps: 'wrbR', leaves: 'is killed', fate: 'swept' },
  { steps: 'wrbeW', leaves: 'is killed', fate: 'swept' },
  { steps: 'wb', leaves: 'is killed', fate: 'unread' },
  { steps: 'wb', leaves: 'exits', fate: 'unread' },
  { steps: 'we', leaves: 'is killed', fate: 'unread' },
  { steps: 'weW', leaves: 'stays', fate: 'unread' },
  { steps: 'wbeW', leaves: 'exits', fate: 'unread' },
  { steps: 'r', leaves: 'stays', fate: 'held' },
  { steps: 'w', leaves: 'stays', fate: 'held' },
  { steps: 'wrR', leaves: 'stays', fate: 'held' },
  { steps: 'wrbeW', leaves: 'stays', fate: 'held' },
  { resume: true, steps: 'r', leaves: 'is killed', fate: 'swept' },
  { resume: true, steps: 'w', leaves: 'is killed', fate: 'swept' },
  { resume: true, steps: 'wrbeBE', leaves: 'is killed', fate: 'swept' },
  { resume: true, steps: 'wrb', leaves: 'is killed', fate: 'unread' },
  // Nothing in it, but its next owners go on at its position.
  { resume: true, steps: 'wrbB', leaves: 'is killed', fate: 'unread' },
  { resume: true, steps: 'wrbBWR', leaves: 'stays', fate: 'unread' },
  { resume: true, steps: 'wre', leaves: 'is killed', fate: 'unread' },
  { resume: true, steps: 'wrbBW', leaves: 'stays', fate: 'held' },
];

async function setScene(t: Test, { steps, leaves, resume = false }: Scene, dir: string) {
  const child = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const { steps, leaves, ...options } = args;
      const ends = new Map<string, import('smipc').Channel>();
      const byte = Buffer.alloc(1);
      const acts: Record<string, () => unknown> = {
        w: () => ends.set('w', smipc.openChannel('left', 'w', options)),
        r: () => ends.set('r', smipc.openChannel('left', 'r', options)),
        b: () => ends.get('w')?.writeSync(byte),
        B: () => ends.get('r')?.readSync(byte),
        e: () => ends.get('w')?.end(),
        E: () => ends.get('r')?.readSync(byte),
        W: () => ends.get('w')?.close(),
        R: () => ends.get('r')?.close(),
      };
      for (const step of steps) await acts[step]?.();
      await send('set');
      if (leaves === 'exits') process.exit();
      await receive();
    },
    { dir, steps, leaves, resume, capacity: 4096 },
  );
  await child.message();
  if (leaves === 'is killed') child.kill();
  if (leaves !== 'stays') await child.exit;
}

const ways: Record<string, (dir: string) => unknown> = {
  'a list': (dir) => list({ dir }),
  'an opening': (dir) => openChannel('other', 'w', { dir }).close(),
  prune: (dir) => prune({ dir }),
  'prune, unread': (dir) => prune({ dir, includeUnread: true }),
};

for (const scene of scenes) {
  const { steps, leaves, resume = false, fate } = scene;
  t.test(`${steps}${resume ? ', with resume' : ''}, the process ${leaves}: ${fate}`, async (t) => {
    for (const [way, act] of Object.entries(ways)) {
      const dir = uniqueDirectory(t);
      await setScene(t, scene, dir);
      t.strictSame(channelsIn(dir), ['left']);
      await act(dir);
      const goes = fate === 'swept' || (fate === 'unread' && way === 'prune, unread');
      t.strictSame(channelsIn(dir), goes ? [] : ['left'], way);
      const names = list({ dir }).map(({ name }) => name);
      t.strictSame(names, goes ? [] : ['left'], 'list() shows what is of use, and nothing else');
    }
  });
}
