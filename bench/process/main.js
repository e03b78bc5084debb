/**
 * A measured process: `node main.js <measure> <role> <task as JSON>`.
 *
 * The first process of a run prints its record as one line of JSON, on file descriptor 1, and leaves;
 * the second one works until it is killed.
 */
import { channels, channelsSecond } from './channels.js';
import { idle, idleSecond } from './idle.js';
import { open } from './opening.js';
import { answer, ask } from './round-trip.js';
import { sockets, socketsFirst } from './sockets.js';
import { consume, produce } from './throughput.js';

/** @type {Record<string, { first: (task: any) => Promise<void>, second: (task: any) => Promise<void> }>} */
const measures = {
  throughput: { first: consume, second: produce },
  'round-trip': { first: ask, second: answer },
  channels: { first: channels, second: channelsSecond },
  idle: { first: idle, second: idleSecond },
  sockets: { first: socketsFirst, second: sockets },
  // One process is enough.
  opening: { first: open, second: open },
};

const [measure = '', role = '', task = '{}'] = process.argv.slice(2);
const roles = measures[measure];
if (roles === undefined) throw new Error(`no measure ${measure}`);
await (role === 'second' ? roles.second : roles.first)(JSON.parse(task));
