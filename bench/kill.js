/** From SIGKILL to the survivor's event: `node bench/kill.js [kills]`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'smipc';
import { median } from './transport.js';

const kChild = `
  import { createReadStream, createWriteStream } from 'smipc';
  const [role, name] = process.argv.slice(1);
  const stream = role === 'w' ? createWriteStream(name) : createReadStream(name);
  stream.on('data', () => {}).on('error', () => {});
  setInterval(() => {}, 1000);
  await stream.waitForPeer();
  process.stdout.write('ready');
`;

/** Milliseconds. @param {'w' | 'r'} victim @param {number} round */
async function killOne(victim, round) {
  const name = `bench-kill-${process.pid}-${round}`;
  const args = ['--input-type=module', '-e', kChild, victim, name];
  const child = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const survivor = victim === 'w' ? createReadStream(name) : createWriteStream(name);
  survivor.on('data', () => {});
  await once(child.stdout, 'data');
  const exited = once(child, 'exit');
  const start = performance.now();
  const lost = new Promise((resolve) => survivor.once('error', resolve));
  child.kill('SIGKILL');
  const error = await lost;
  const time = performance.now() - start;
  if (error.peer !== 'died') throw error;
  await exited;
  return time;
}

// An idle writer, as the survivor is one, does not keep its process alive.
const alive = setInterval(() => {}, 1000);
const kills = Number(process.argv[2] ?? 100);
for (const victim of /** @type {const} */ (['w', 'r'])) {
  const times = [];
  for (let round = 0; round < kills; round++) times.push(await killOne(victim, round));
  const who = victim === 'w' ? 'writer killed' : 'reader killed';
  console.log(
    `${who}: median ${median(times).toFixed(2)} ms, min ${Math.min(...times).toFixed(2)},` +
      ` max ${Math.max(...times).toFixed(2)} over ${kills}`,
  );
}
clearInterval(alive);
