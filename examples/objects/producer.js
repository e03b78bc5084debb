// Objects: one write is one read. In two terminals, in any order:
//   node examples/objects/consumer.js [CHANNEL]      node examples/objects/producer.js [CHANNEL]
import { once } from 'node:events';
import { createWriteStream } from 'smipc';

const [name = 'objects-example'] = process.argv.slice(2);
const jobs = createWriteStream(name, { objectMode: true });

for (let id = 1; id <= 3; id++) {
  const job = { id, at: new Date(), tags: new Set(['demo']), body: new Uint8Array(id * 1_000_000) };
  // false: enough is waiting for space in the channel
  if (!jobs.write(job)) await once(jobs, 'drain');
}
jobs.end();
