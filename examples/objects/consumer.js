// Objects: one write is one read. In two terminals, in any order:
//   node examples/objects/consumer.js [CHANNEL]      node examples/objects/producer.js [CHANNEL]
import { createReadStream } from 'smipc';

const [name = 'objects-example'] = process.argv.slice(2);

for await (const { id, at, tags, body } of createReadStream(name, { objectMode: true })) {
  console.log(`job ${id} of ${at.getFullYear()}: ${[...tags]}, ${body.byteLength} bytes`);
}
console.log('no more jobs');
