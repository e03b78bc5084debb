/** One end of all channels of a run: see main.js. Arguments: role, directory, how many. It runs until it is killed. */
import { createReadStream, createWriteStream } from '../smipc.js';

const [, , role, dir, count] = process.argv;
const names = Array.from({ length: Number(count) }, (_, i) => `channel-${i}`);
/** As in the part `channels`. */
const kCapacity = 256 * 1024;
const kChunk = Buffer.alloc(16 * 1024, 1);

/** Tells how much has come whenever it is asked. */
function readAll() {
  let bytes = 0;
  for (const name of names) {
    createReadStream(name, { dir, capacity: kCapacity }).on('data', (chunk) => {
      bytes += chunk.length;
    });
  }
  process.on('message', () => process.send?.({ bytes, ms: performance.now() }));
}

function writeAll() {
  for (const name of names) {
    const stream = createWriteStream(name, { dir, capacity: kCapacity });
    const write = () => {
      while (stream.write(kChunk));
    };
    stream.on('drain', write);
    write();
  }
}

process.on('disconnect', () => process.exit());
if (role === 'reader') readAll();
else writeAll();
