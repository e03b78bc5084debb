/** Throughput of streams: `node bench/throughput.js [rounds]`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median, ratios, transports } from './transport.js';

const kTasks = [
  { size: 64 * 1024, total: 4e9 },
  { size: 64, total: 64e6 },
];

/** @param {string} kind @param {string} name @param {number} size @param {number} total */
async function write(kind, name, size, total) {
  const stream = await transports[kind]?.writer(name);
  const chunk = Buffer.alloc(size, 1);
  let left = total;
  const more = () => {
    while (left > 0) {
      left -= size;
      if (!stream?.write(chunk)) {
        stream?.once('drain', more);
        return;
      }
    }
    stream?.end();
  };
  more();
}

/** Gigabytes a second, from the first byte to the end. @param {string} kind @param {string} name */
async function read(kind, name) {
  const stream = await transports[kind]?.reader(name);
  if (stream === undefined) throw new Error(`no transport ${kind}`);
  let bytes = 0;
  let start = 0;
  stream.on('data', (chunk) => {
    if (start === 0) start = performance.now();
    bytes += chunk.length;
  });
  await once(stream, 'end');
  return bytes / 1e6 / (performance.now() - start);
}

/** One transfer between two processes of its own. @param {string} kind @param {string} name @param {{ size: number, total: number }} task */
async function transfer(kind, name, task) {
  const self = fileURLToPath(import.meta.url);
  const writing = [self, 'write', kind, name, String(task.size), String(task.total)];
  const reader = spawn(process.execPath, [self, 'read', kind, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const writer = spawn(process.execPath, writing, { stdio: 'inherit' });
  const [[printed]] = await Promise.all([
    once(reader.stdout, 'data'),
    once(reader, 'exit'),
    once(writer, 'exit'),
  ]);
  return Number(printed);
}

const [command = '5', kind = '', name = '', size = '', total = ''] = process.argv.slice(2);
if (command === 'write') {
  await write(kind, name, Number(size), Number(total));
} else if (command === 'read') {
  console.log(await read(kind, name));
} else {
  for (const task of kTasks) {
    /** @type {Record<string, number[]>} */
    const speeds = { smipc: [], socket: [] };
    for (let round = 0; round < Number(command); round++) {
      for (const contender of Object.keys(speeds)) {
        const channel = `bench-${process.pid}-${round}`;
        speeds[contender]?.push(await transfer(contender, channel, task));
      }
    }
    const { smipc = [], socket = [] } = speeds;
    console.log(`${task.total / 1e6} MB in writes of ${task.size} bytes`);
    for (const [contender, values] of Object.entries({ smipc, socket })) {
      const speed = median(values);
      const messages = (speed * 1e9) / task.size / 1e6;
      console.log(
        `  ${contender.padEnd(7)} ${speed.toFixed(2)} GB/s, ${messages.toFixed(2)} million writes/s`,
      );
    }
    console.log(`  ratio   ${ratios(smipc, socket)}`);
  }
}
