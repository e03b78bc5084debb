// Asynchronous transport: the event loop goes on. In two terminals, in any order:
//   node examples/async/receiver.js [CHANNEL]      node examples/async/sender.js [CHANNEL]
import { setTimeout } from 'node:timers/promises';
import { createWriteStream } from 'smipc';

const [name = 'async-example'] = process.argv.slice(2);
const stream = createWriteStream(name);

for (let i = 1; i <= 5; i++) {
  stream.write(`measurement ${i}\n`);
  await setTimeout(200);
}
await stream.drained();
console.log(`sent ${stream.bytesWritten} bytes, and all of them were read`);
stream.end();
