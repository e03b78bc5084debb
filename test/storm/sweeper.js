// Somebody beside the storm who lists and prunes its directories all the time. What is swept must not
// matter to anybody.
//
//   node sweeper.js DIRECTORY
//
// When it is told to end, it tells by IPC what it has done.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { list, prune } from 'smipc';
import { random } from '../fixtures/data/pattern.js';

const [shm = ''] = process.argv.slice(2);
const { below } = random(process.pid);
/** The others need the processors, too. */
const kLongestPauseMs = 20;
const counts = { lists: 0, prunes: 0, removed: 0 };
let isOver = false;
process.once('message', () => {
  isOver = true;
});
process.once('disconnect', () => process.exit(0));

while (!isOver) {
  for (const { name } of readdirSync(shm, { withFileTypes: true })) {
    const dir = join(shm, name);
    if (below(4) === 0) {
      list({ dir });
      counts.lists++;
    } else {
      counts.removed += prune({ dir }).length;
      counts.prunes++;
    }
  }
  await setTimeout(below(kLongestPauseMs));
}
process.send?.(counts, () => process.disconnect());
