/** One process of a run: see main.js. Arguments: folder of the build, measure, role, name, size. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
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
  // A build that does not know the option ignores it.
  const stream = smipc.createReadStream(name, { reuse: measure === 'reuse' });
  stream.on('data', () => {});
  return measureRate(() => stream.bytesRead);
}

const kChannel = { capacity: 256 * 1024 };
const kChannelWrite = Buffer.alloc(16 * 1024, 1);
/** The event loop has its turn after so many bytes. */
const kBytesPerTurn = 1024 * 1024;

/** One write to each that has room, in turn. */
async function writeToAll(writers) {
  const ready = new Set(writers);
  let wake = () => {};
  let bytes = 0;
  for (const writer of writers) {
    writer.on('drain', () => {
      ready.add(writer);
      wake();
    });
  }
  for (;;) {
    for (const writer of ready) {
      if (!writer.write(kChannelWrite)) ready.delete(writer);
      bytes += kChannelWrite.length;
    }
    if (ready.size === 0) {
      await new Promise((resolve) => {
        wake = resolve;
      });
    } else if (bytes >= kBytesPerTurn) {
      bytes = 0;
      await setImmediate();
    }
  }
}

/** All together. The size is how many there are. */
function channels() {
  const names = Array.from({ length: Number(sizeText) }, (_, i) => `${name}-${i}`);
  if (role === 'other') {
    return writeToAll(names.map((one) => smipc.createWriteStream(one, kChannel)));
  }
  let bytes = 0;
  for (const one of names) {
    smipc.createReadStream(one, kChannel).on('data', (chunk) => {
      bytes += chunk.length;
    });
  }
  return measureRate(() => bytes);
}

/** How many bytes are sent in writes of so many. */
const kTotals = new Map([
  [64, 64e6],
  [1024, 512e6],
  [4096, 1e9],
  [65_536, 4e9],
  [1_048_576, 4e9],
]);

/** Bytes a millisecond, from the first one on. */
function transfer() {
  const size = Number(sizeText);
  if (role === 'other') {
    return writeForEver(smipc.createWriteStream(name), Buffer.alloc(size, 1));
  }
  const total = kTotals.get(size);
  let start;
  let bytes = 0;
  smipc.createReadStream(name).on('data', (chunk) => {
    start ??= performance.now();
    bytes += chunk.length;
    if (bytes < total) return;
    process.send?.(bytes / (performance.now() - start));
    bytes = Number.NEGATIVE_INFINITY;
  });
}

const kPipedBytes = 4e9;

/** Bytes a millisecond, until the destination has them all. */
async function pipe(open) {
  if (role === 'other') {
    const stream = smipc.createWriteStream(name);
    const chunk = Buffer.alloc(Number(sizeText), 1);
    await stream.waitForPeer();
    for (let left = kPipedBytes; left > 0; left -= chunk.length) {
      if (!stream.write(chunk)) await once(stream, 'drain');
    }
    stream.end();
    return;
  }
  const reader = smipc.createReadStream(name);
  await reader.waitForPeer();
  const start = performance.now();
  await once(reader.pipe(open()), 'finish');
  process.send?.(kPipedBytes / (performance.now() - start));
}

const pipeToHash = () => pipe(() => createHash('sha1'));
const pipeToFile = () => pipe(() => createWriteStream('/dev/null'));

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

const streaming = { throughput, reuse: throughput, channels, transfer, pipeToHash, pipeToFile };
const measures = { ...streaming, roundTrip, asyncRoundTrip, loopRoundTrip, objects };
await { ...measures, opening, importing, remove }[measure]();
