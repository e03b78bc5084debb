/** The parts of the suite, in the order in which a whole run takes them. */
import * as channels from './channels.js';
import * as costs from './costs.js';
import * as goals from './goals.js';
import * as kill from './kill.js';
import * as objects from './objects.js';
import * as report from './report.js';
import * as roundTrip from './round-trip.js';
import * as sockets from './sockets.js';
import * as systemCalls from './system-calls.js';
import * as throughput from './throughput.js';
import * as transfers from './transfers.js';

/**
 * @typedef {object} Part
 * @property {(session: import('../session.js').Session) => Promise<number>} plannedSeconds
 * @property {(session: import('../session.js').Session) => Promise<void>} run
 */

/** @type {Record<string, Part>} */
const parts = {
  throughput,
  transfers,
  'round-trip': roundTrip,
  objects,
  channels,
  sockets,
  'system-calls': systemCalls,
  costs,
  kill,
  report,
  goals,
};

export const allParts = Object.keys(parts);

/** @param {string} name */
const partOf = (name) => /** @type {Part} */ (parts[name]);

/** @param {import('../session.js').Session} session @param {string} name */
export async function runPart(session, name) {
  await partOf(name).run(session);
}

/** @param {import('../session.js').Session} session @param {string[]} names */
export async function plannedSeconds(session, names) {
  let seconds = 0;
  for (const name of names) seconds += await partOf(name).plannedSeconds(session);
  return seconds;
}
