/** One process of a run: see main.js. Arguments: folder of the build, measure, role, name, size. */
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';

const [, , root, measure, role, name, sizeText] = process.argv;
const kWarmUpMs = 700;
const kMeasuredMs = 1000;
const kObject = { id: 1, at: new Date(0), tags: ['a', 'b'], text: 'x'.repeat(900), ok: true };

// The other process is killed at the end of a run.
process.on('uncaughtException', (error) => {
  if (!['ECONNRESET', 'EPIPE'].includes(error.code)) console.error(error);
  process.exit(1);
});

const began = performance.now();
const smipc = await import(pathToFileURL(`${root}/dist/index.js`).href);
const importMs = performance.now() - began;

/** Sends how often `count()` went up in a second. */
function measureRate(count) {
  setTimeout(() => {
    const before = count();
    const start = performance.now();
    setTimeout(() => {
      process.send?.((count() - before) / (performance.now() - start));
    }, kMeasuredMs);
  }, kWarmUpMs);
}

async function writeForEver(stream, chunk) {
  for (;;) {
    // As many as fit, and then a turn of the event loop.
    while (stream.write(chunk));
    await once(stream, 'drain');
  }
}

function throughput() {
  if (role === 'other') {
    return writeForEver(smipc.createWriteStream(name), Buffer.alloc(Number(sizeText), 1));
  }
  const stream = smipc.createReadStream(name);
  stream.on('data', () => {});
  return measureRate(() => stream.bytesRead);
}

/** @param consume calls back for each chunk of a stream */
function trips(consume) {
  const [there, back] = [`${name}-there`, `${name}-back`];
  const bytes = Buffer.alloc(Number(sizeText), 1);
  const isEcho = role === 'other';
  const writer = smipc.createWriteStream(isEcho ? back : there);
  const reader = smipc.createReadStream(isEcho ? there : back);
  let count = 0;
  consume(reader, () => {
    count++;
    writer.write(bytes);
  });
  if (isEcho) return undefined;
  writer.write(bytes);
  return measureRate(() => count);
}

const roundTrip = () => trips((reader, answer) => reader.on('data', answer));

const asyncRoundTrip = () =>
  trips((reader, answer) => {
    reader.on('data', async () => {
      await Promise.resolve();
      answer();
    });
  });

const loopRoundTrip = () =>
  trips(async (reader, answer) => {
    for await (const _chunk of reader) answer();
  });

function objects() {
  if (role === 'other') {
    return writeForEver(smipc.createWriteStream(name, { objectMode: true }), kObject);
  }
  const stream = smipc.createReadStream(name, { objectMode: true });
  let count = 0;
  stream.on('data', () => count++);
  return measureRate(() => count);
}

/** Channels a millisecond: opened at both ends, one byte, closed. */
async function opening() {
  const target = Buffer.alloc(1);
  const once = async () => {
    const writer = smipc.openChannel(name, 'w', { capacity: 4096 });
    const reader = smipc.openChannel(name, 'r');
    writer.tryWrite(target);
    reader.tryRead(target);
    await writer.close();
    await reader.close();
  };
  for (let i = 0; i < 300; i++) await once();
  const start = performance.now();
  for (let i = 0; i < 1500; i++) await once();
  process.send?.(1500 / (performance.now() - start));
  process.disconnect?.();
}

/** Imports a millisecond. */
function importing() {
  process.send?.(1 / importMs);
  process.disconnect?.();
}

function remove() {
  for (const { name: found } of smipc.list()) {
    if (found.startsWith(name)) smipc.remove(found, { force: true });
  }
}

const measures = { throughput, roundTrip, asyncRoundTrip, loopRoundTrip, objects };
await { ...measures, opening, importing, remove }[measure]();
