// Blocking transport: the thread sleeps while the channel is empty. In two terminals, in any order:
//   node examples/blocking/receiver.js [CHANNEL]      node examples/blocking/sender.js [CHANNEL]
import { openChannel } from 'smipc';

const [name = 'blocking-example'] = process.argv.slice(2);
const channel = openChannel(name, 'r', { capacity: 4096 });

const record = new Float64Array(2);
let records = 0;
let sum = 0;
while (channel.readSync(record, { min: record.byteLength }) === record.byteLength) {
  records += 1;
  sum += record[1] ?? 0;
}
console.log(`received ${records} records, the sum is ${sum.toFixed(3)}`);
await channel.close();
