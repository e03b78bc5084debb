// file → SHA-256 → channel. Started by main.js.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createWriteStream, formatStatus } from 'smipc';
import { report, reportFailures } from './processes.js';

reportFailures();
const [file = '', name = ''] = process.argv.slice(2);
const hash = createHash('sha256');
const writer = createWriteStream(name, { capacity: 1024 * 1024 });
await writer.waitForPeer({ timeout: 10_000 });

const start = performance.now();
// Reading a file takes a trip to the thread pool for each chunk: rather fewer and larger ones.
const source = createReadStream(file, { highWaterMark: 256 * 1024 });
source.on('data', (chunk) => hash.update(chunk));
await pipeline(source, writer, { end: false });
await writer.drained();
const seconds = (performance.now() - start) / 1000;

const status = writer.channel ? formatStatus(writer.channel.status()) : '';
writer.end();
report({ bytes: writer.bytesWritten, sha256: hash.digest('hex'), seconds, status });
