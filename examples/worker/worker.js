// The worker thread of main.js: computes, and sleeps while the channel is full.
import { checkPrimeSync } from 'node:crypto';
import { workerData as name } from 'node:worker_threads';
import { openChannel } from 'smipc';

const channel = openChannel(name, 'w');
for (let n = 2n; n < 25_000n; n++) {
  if (checkPrimeSync(n)) channel.writeSync(Buffer.from(`${n}\n`));
}
channel.end();
await channel.close();
