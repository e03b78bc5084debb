// Blocking transport: the thread sleeps while the channel is full. In two terminals, in any order:
//   node examples/blocking/receiver.js [CHANNEL]      node examples/blocking/sender.js [CHANNEL]
import { openChannel } from 'smipc';

const [name = 'blocking-example'] = process.argv.slice(2);
const channel = openChannel(name, 'w', { capacity: 4096 });

const record = new Float64Array(2);
for (let i = 0; i < 100_000; i++) {
  record.set([i, Math.sqrt(i)]);
  channel.writeSync(record);
}
channel.end();
console.log(`sent ${channel.position} bytes`);
await channel.close();
