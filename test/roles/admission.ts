// One segment carries one stream. This is the whole table of what an opener does with a name that
// it finds: it takes the role in the segment that is there, replaces it by a new one, or is refused;
// and what `create` makes of that.
import { statSync } from 'node:fs';
import { type ChannelMode, inspect, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

type Fate = 'takes' | 'replaces' | 'busy' | 'undrained';

/** What a process does to the name before; then it is killed, or exits, or stays. */
interface Scene {
  steps: string;
  leaves: 'stays' | 'is killed' | 'exits';
  writer: Fate;
  reader: Fate;
}

// Steps: w, r: open; b: write a byte; e: end; W, R: close.
const scenes: Scene[] = [
  { steps: 'w', leaves: 'stays', writer: 'busy', reader: 'takes' },
  { steps: 'r', leaves: 'stays', writer: 'takes', reader: 'busy' },
  { steps: 'wr', leaves: 'stays', writer: 'busy', reader: 'busy' },
  { steps: 'wrR', leaves: 'stays', writer: 'busy', reader: 'replaces' },
  { steps: 'wbeW', leaves: 'stays', writer: 'undrained', reader: 'takes' },
  { steps: 'weW', leaves: 'stays', writer: 'undrained', reader: 'takes' },
  { steps: 'wbe', leaves: 'stays', writer: 'undrained', reader: 'takes' },
  { steps: 'wbe', leaves: 'is killed', writer: 'undrained', reader: 'takes' },
  { steps: 'wbe', leaves: 'exits', writer: 'undrained', reader: 'takes' },
  { steps: 'wrbeW', leaves: 'stays', writer: 'replaces', reader: 'busy' },
  { steps: 'wrbeW', leaves: 'is killed', writer: 'replaces', reader: 'replaces' },
  { steps: 'wbW', leaves: 'stays', writer: 'replaces', reader: 'takes' },
  { steps: 'wrbW', leaves: 'stays', writer: 'replaces', reader: 'busy' },
  { steps: 'wb', leaves: 'is killed', writer: 'replaces', reader: 'takes' },
  { steps: 'wb', leaves: 'exits', writer: 'replaces', reader: 'takes' },
  { steps: 'w', leaves: 'is killed', writer: 'replaces', reader: 'replaces' },
  { steps: 'w', leaves: 'exits', writer: 'replaces', reader: 'replaces' },
  { steps: 'r', leaves: 'is killed', writer: 'replaces', reader: 'replaces' },
  { steps: 'wr', leaves: 'is killed', writer: 'replaces', reader: 'replaces' },
  { steps: 'wrR', leaves: 'is killed', writer: 'replaces', reader: 'replaces' },
];

const creates = ['auto', 'always', 'never'] as const;

async function setScene(t: Test, { steps, leaves }: Scene, dir: string, names: string[]) {
  const child = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const { dir, names, steps, leaves } = args;
      type Ends = Map<string, import('smipc').Channel>;
      const acts: Record<string, (ends: Ends, name: string) => unknown> = {
        w: (ends, name) => ends.set('w', smipc.openChannel(name, 'w', { dir })),
        r: (ends, name) => ends.set('r', smipc.openChannel(name, 'r', { dir })),
        b: (ends) => ends.get('w')?.writeSync(Buffer.from('b')),
        e: (ends) => ends.get('w')?.end(),
        W: (ends) => ends.get('w')?.close(),
        R: (ends) => ends.get('r')?.close(),
      };
      const open = names.map((name): [string, Ends] => [name, new Map()]);
      for (const [name, ends] of open) {
        for (const step of steps) await acts[step]?.(ends, name);
      }
      await send('set');
      if (leaves === 'exits') process.exit();
      await receive();
      for (const [, ends] of open) for (const end of ends.values()) await end.close();
    },
    { dir, names, steps, leaves },
  );
  await child.message();
  if (leaves === 'is killed') child.kill();
  if (leaves !== 'stays') await child.exit;
  return child.pid;
}

async function tryOpening(
  t: Test,
  name: string,
  mode: ChannelMode,
  fate: Fate,
  pid: number,
  dir: string,
) {
  const path = `${dir}/${name}`;
  const before = inspect(name, { dir });
  const { ino } = statSync(path);
  for (const create of creates) {
    const open = () => openChannel(name, mode, { dir, create });
    const is = `${create}: ${fate}`;
    if (create === 'always' && fate !== 'replaces') t.throws(open, { code: 'EEXIST' }, is);
    else if (create === 'never' && fate === 'replaces') t.throws(open, { code: 'ENOENT' }, is);
    else if (fate === 'busy') t.throws(open, { code: 'EBUSY', pid }, is);
    else if (fate === 'undrained') t.throws(open, { code: 'EBUSY', pid: undefined }, is);
    else continue;
    t.strictSame(inspect(name, { dir }), before);
  }
  if (fate === 'busy' || fate === 'undrained') return;
  // `create` as narrow as it may be; it is one opening only.
  const channel = openChannel(name, mode, { dir, create: fate === 'takes' ? 'never' : 'always' });
  t.equal(statSync(path).ino === ino, fate === 'takes', `${mode} ${fate}`);
  await channel.close();
}

for (const scene of scenes) {
  t.test(`${scene.steps}, the process ${scene.leaves}`, async (t) => {
    for (const [mode, fate] of [
      ['w', scene.writer],
      ['r', scene.reader],
    ] as const) {
      // A directory for each, because opening a channel sweeps away what others have left.
      const dir = uniqueDirectory(t);
      const pid = await setScene(t, scene, dir, [mode]);
      await tryOpening(t, mode, mode, fate, pid, dir);
    }
  });
}
