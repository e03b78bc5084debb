/** A ping-pong of 64 bytes: `node bench/round-trip.js [rounds]`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median, ratios, transports } from './transport.js';

const kTrips = 20_000;
const kWarmUp = 2_000;

/** @param {string} kind @param {string} name */
async function answer(kind, name) {
  const [source, target] = await Promise.all([
    transports[kind]?.reader(`${name}-there`),
    transports[kind]?.writer(`${name}-back`),
  ]);
  source?.on('data', (chunk) => target?.write(chunk));
  source?.on('end', () => target?.end());
}

/** The median of a round trip in microseconds. @param {string} kind @param {string} name */
async function ask(kind, name) {
  const [target, source] = await Promise.all([
    transports[kind]?.writer(`${name}-there`),
    transports[kind]?.reader(`${name}-back`),
  ]);
  if (target === undefined || source === undefined) throw new Error(`no transport ${kind}`);
  const message = Buffer.alloc(64, 1);
  const times = new Float64Array(kTrips);
  let trips = 0;
  let start = performance.now();
  source.on('data', () => {
    const now = performance.now();
    times[trips++] = (now - start) * 1000;
    if (trips === kTrips) {
      target.end();
      return;
    }
    start = now;
    target.write(message);
  });
  target.write(message);
  await once(source, 'end');
  return median([...times.subarray(kWarmUp)]);
}

const [command = '5', kind = '', name = ''] = process.argv.slice(2);
if (command === 'answer') {
  await answer(kind, name);
} else if (command === 'ask') {
  const self = fileURLToPath(import.meta.url);
  spawn(process.execPath, [self, 'answer', kind, name], { stdio: 'inherit' });
  console.log(await ask(kind, name));
} else {
  for (const pinning of [[], ['taskset', '-c', '0']]) {
    /** @type {Record<string, number[]>} */
    const medians = { smipc: [], socket: [] };
    for (let round = 0; round < Number(command); round++) {
      for (const contender of Object.keys(medians)) {
        const channel = `bench-${process.pid}-${round}`;
        const args = [process.execPath, fileURLToPath(import.meta.url), 'ask', contender, channel];
        const [program = '', ...rest] = [...pinning, ...args];
        const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
        const [[printed]] = await Promise.all([once(child.stdout, 'data'), once(child, 'exit')]);
        medians[contender]?.push(Number(printed));
      }
    }
    const { smipc = [], socket = [] } = medians;
    console.log(`64-byte round trip, ${pinning.length > 0 ? 'both on one core' : 'both free'}`);
    for (const [contender, values] of Object.entries({ smipc, socket })) {
      console.log(`  ${contender.padEnd(7)} ${median(values).toFixed(1)} µs`);
    }
    console.log(`  ratio   ${ratios(smipc, socket)}`);
  }
}
