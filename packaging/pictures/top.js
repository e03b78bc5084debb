/** `smipc top` over eight channels, of which some are busy and some stand still. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stage, until } from './stage.js';

const kWidth = 120;
const kHeight = 12;
const kFlows = join(import.meta.dirname, 'flows.js');

/** Each is a program of its own, of which the picture shows the name. */
const kPrograms = {
  'camera.js': `produce('frames', { everyMs: 20, chunk: Buffer.alloc(1 << 22), capacity: 1 << 23 })`,
  'encoder.js': `consume('frames')`,
  'queue.js': `produce('jobs', { everyMs: 200, count: 800, chunk: { id: 1, body: 'x'.repeat(1000) }, objectMode: true })`,
  'worker.js': `consume('jobs', { everyMs: 2, count: 10, highWaterMark: 10, objectMode: true })`,
  'agent.js': `produce('metrics', { everyMs: 5, count: 30, chunk: { name: 'load', value: 0.5 }, objectMode: true })`,
  'collector.js': `consume('metrics', { objectMode: true })`,
  'simulation.js': `produce('results', { everyMs: 1, chunk: Buffer.alloc(1 << 16), capacity: 1 << 18 })`,
  'viewer.js': `consume('results', { everyMs: 100, highWaterMark: 1 << 16 })`,
  'upload.js': `produce('upload', { everyMs: 1, chunk: Buffer.alloc(1 << 13) })`,
};

const kCommands = [
  ...Object.keys(kPrograms)
    .filter((name) => name !== 'upload.js')
    .map((name) => `node ${name}`),
  'smipc write backup /dev/zero --rate-limit 20M',
  'smipc read backup > /dev/null',
  `yes 'GET /index.html 200' | smipc write access-log --rate-limit 4K`,
  'smipc read access-log > access.log',
];
const kNames = ['access-log', 'backup', 'frames', 'import', 'jobs', 'metrics', 'results', 'upload'];

/** @returns {Promise<string[][]>} */
export async function photographTop() {
  const stage = new Stage();
  try {
    preparePrograms(stage.folder);
    for (const command of kCommands) stage.start(command);
    // One that has ended, and one that is killed, with bytes that wait for a reader.
    stage.ask('write', 'import', join(stage.folder, 'orders.csv'));
    const killed = stage.start('exec node upload.js');
    await until('all channels', () => channelsOf(stage).length === kNames.length);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const terminal = stage.open(kWidth, kHeight);
    await terminal.isReady();
    terminal.enter('exec smipc top');
    // Rates of more than a moment.
    await terminal.shows(/ 3s | >3s /);
    return [terminal.lines()];
  } finally {
    stage.close();
  }
}

/** @param {string} folder */
function preparePrograms(folder) {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'orders.csv'), 'id,item\n'.repeat(50_000));
  for (const [name, source] of Object.entries(kPrograms)) {
    const text = `import { consume, produce } from '${kFlows}';\n${source};\n`;
    writeFileSync(join(folder, name), text);
  }
}

/** @param {Stage} stage @returns {{ name: string, used: number }[]} those with bytes in them, or through them */
function channelsOf(stage) {
  return stage
    .ask('ls', '--json')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(({ bytesWritten }) => bytesWritten > 0);
}
