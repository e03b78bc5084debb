// Asynchronous transport: a callback for the bytes that come. In two terminals, in any order:
//   node examples/async/receiver.js [CHANNEL]      node examples/async/sender.js [CHANNEL]
import { createReadStream } from 'smipc';

const [name = 'async-example'] = process.argv.slice(2);
const stream = createReadStream(name, { encoding: 'utf8' });

stream.on('data', (text) => process.stdout.write(text));
stream.on('end', () => console.log(`the end, after ${stream.bytesRead} bytes`));
stream.on('error', (error) => {
  // ECONNRESET: the sender died or left without end(). What it had sent has been read.
  console.error(error.message);
  process.exitCode = 1;
});
