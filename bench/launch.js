/** Runs the two processes of one measurement, and returns what the first one printed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { contenderOf } from './contenders/index.js';
import { kKeepingEnvironment } from './process/populate.js';

const kMain = fileURLToPath(new URL('process/main.js', import.meta.url));
/** A run that takes longer hangs. */
const kMostMs = 60_000;

/**
 * @param {import('./workplace.js').Workplace} workplace
 * @param {string} measure
 * @param {{ contender: string, [field: string]: unknown }} fields of the task
 * @param {string[]} [prefix] a command that runs the command after it, as `taskset -c 0`
 * @returns {Promise<any>} the record
 */
export async function launch(workplace, measure, fields, prefix = []) {
  const task = { touch: true, path: workplace.nextPath(), ...fields };
  const { program } = contenderOf(fields.contender);
  const node = [process.execPath, kMain, measure, 'first', JSON.stringify(task)];
  const [file, argv] = program?.(task) ?? ['', []];
  const [command = '', ...rest] = [...prefix, ...(file === '' ? node : [file, ...argv])];
  // In a group of its own: whatever the run starts can be ended with it.
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...(fields.populated === true ? kKeepingEnvironment : {}) },
  });
  workplace.guard(child);
  const timer = setTimeout(() => workplace.endGroup(child.pid ?? 0), kMostMs);
  // Processes of the group may hold the pipes for longer than the first one lives.
  const [printed, complaint] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  clearTimeout(timer);
  workplace.sweep();
  if (printed === '') throw new Error(firstErrorLine(complaint) ?? 'it printed no result, or hung');
  return JSON.parse(printed);
}

/** @param {string} complaint */
function firstErrorLine(complaint) {
  const lines = complaint.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /Error\b/.test(line)) ?? lines[0];
}
