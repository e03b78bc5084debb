// One end of a stream that goes on for as long as a soak lasts, in a process of its own.
//
//   node steady.js writer|reader DIRECTORY
//
// Tells by IPC, every second, how many bytes have gone through. A writer ends when it is told to.
import { createReadStream, createWriteStream } from 'smipc';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';

const [role, dir = ''] = process.argv.slice(2);
const kChunkBytes = 64 * 1024;
let bytes = 0;
const report = () => process.send?.({ bytes });
const timer = setInterval(report, 1000);
const giveUp = () => process.exit(1);
process.once('disconnect', giveUp);

if (role === 'writer') {
  let isOver = false;
  process.once('message', () => {
    isOver = true;
  });
  const stream = createWriteStream('steady', { dir });
  const chunk = Buffer.alloc(kChunkBytes);
  while (!isOver) {
    fillPattern(chunk, bytes);
    bytes += chunk.length;
    // A copy: the stream keeps what does not fit.
    if (!stream.write(Buffer.from(chunk))) {
      await new Promise((resolve) => stream.once('drain', resolve));
    } else if (bytes % (16 * kChunkBytes) === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  stream.end();
  await new Promise((resolve) => stream.once('close', resolve));
} else {
  for await (const chunk of createReadStream('steady', { dir })) {
    checkPattern(chunk, bytes);
    bytes += chunk.length;
  }
}
clearInterval(timer);
report();
process.off('disconnect', giveUp);
process.disconnect();
