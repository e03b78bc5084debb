/** From SIGKILL to the survivor's event. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Progress } from '../progress.js';
import { saveResults } from '../results.js';
import { printKills } from '../tables/small.js';

/** @typedef {import('../session.js').Session} Session */

const kVictim = fileURLToPath(new URL('../process/victim.js', import.meta.url));
const kVictims = /** @type {const} */ (['writer', 'reader']);
const kKillsPerRound = 6;
const kSecondsPerKill = 0.12;

/** @param {Session} session */
export async function plannedSeconds({ rounds }) {
  return kVictims.length * rounds * kKillsPerRound * kSecondsPerKill;
}

/** @param {Session} session */
export async function run(session) {
  const kills = session.rounds * kKillsPerRound;
  const progress = new Progress('kills', kVictims.length * kills);
  // An idle writer, as the survivor is one, does not keep its process alive.
  const alive = setInterval(() => {}, 1000);
  const runs = [];
  for (let round = 0; round < kills; round++) {
    for (const victim of kVictims) {
      progress.begin(`the ${victim}`);
      runs.push({ victim, round, millis: await killOne(session.workplace, victim) });
      progress.finish();
    }
  }
  clearInterval(alive);
  progress.clear();
  session.workplace.sweep();
  const { isWhole } = session;
  printKills(saveResults({ part: 'kill', isWhole, options: { kills }, runs }));
}

/** Milliseconds. @param {import('../workplace.js').Workplace} workplace @param {'writer' | 'reader'} victim */
async function killOne(workplace, victim) {
  const { createReadStream, createWriteStream } = await import('../smipc.js');
  const dir = workplace.directory;
  const name = 'kill';
  const child = spawn(process.execPath, [kVictim, victim, dir, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  workplace.guard(child);
  const survivor =
    victim === 'writer' ? createReadStream(name, { dir }) : createWriteStream(name, { dir });
  survivor.on('data', () => {});
  await once(child.stdout, 'data');
  const exited = once(child, 'exit');
  const start = performance.now();
  const lost = new Promise((resolve) => survivor.once('error', resolve));
  child.kill('SIGKILL');
  const error = await lost;
  const millis = performance.now() - start;
  if (error.peer !== 'died') throw error;
  await exited;
  return millis;
}
