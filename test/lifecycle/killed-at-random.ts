// A process that opens, writes, reads and closes both ends of a name all the time is killed at a
// random moment. Whatever it leaves behind, the next ones get both roles, and leave nothing behind.
import { setTimeout } from 'node:timers/promises';
import { createReadStream, openChannel } from 'smipc';
import t from 'tap';
import { channelsIn, leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { random } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { consume } from '../fixtures/processes/outcome.js';

const rounds = 25;
const name = 'channel';

t.test(`${rounds} times`, async (t) => {
  const dir = uniqueDirectory(t);
  const { below } = random(newSeed(t));
  for (let round = 0; round < rounds; round++) {
    const child = spawnChild(
      t,
      async ({ smipc, pattern, args, send }) => {
        const { name, dir } = args;
        const work = async (lap: number) => {
          const writer = smipc.openChannel(name, 'w', { dir, capacity: 4096 });
          const reader = smipc.openChannel(name, 'r', { dir });
          writer.writeSync(pattern.patternBytes(1000));
          if (lap % 2 === 0) reader.readSync(Buffer.alloc(500));
          if (lap % 3 === 0) writer.end();
          if (lap % 5 === 0) await reader.close();
          await writer.close();
          await reader.close();
        };
        for (let lap = 0; ; lap++) {
          if (lap === 10) await send('at work');
          await work(lap);
        }
      },
      { name, dir },
    );
    await child.message();
    await setTimeout(below(10));
    child.kill();
    await child.exit;

    // What it has published may still be there, whole or cut; else the reader makes a new segment.
    const reader = createReadStream(name, { dir });
    const outcome = consume(reader);
    if (reader.channel?.status().writer.state === 'absent') {
      await openChannel(name, 'w', { dir }).close();
    }
    t.ok([0, 1000].includes((await outcome).bytes), `round ${round}`);
    await openChannel(name, 'w', { dir }).close();
  }
  t.strictSame(channelsIn(dir), []);
  t.strictSame(await leftIn(dir), [], 'no bells of the dead either');
});
