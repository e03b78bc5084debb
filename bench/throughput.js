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

const [command = '5', kind = '', name = '', size = '', total = ''] = process.argv.slice(2);
if (command === 'write') {
  await write(kind, name, Number(size), Number(total));
} else {
  for (const task of kTasks) {
    /** @type {Record<string, number[]>} */
    const speeds = { smipc: [], socket: [] };
    for (let round = 0; round < Number(command); round++) {
      for (const contender of Object.keys(speeds)) {
        const channel = `bench-${process.pid}-${round}`;
        const args = ['write', contender, channel, String(task.size), String(task.total)];
        const reading = read(contender, channel);
        const writer = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], {
          stdio: 'inherit',
        });
        const [speed] = await Promise.all([reading, once(writer, 'exit')]);
        speeds[contender]?.push(speed);
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
