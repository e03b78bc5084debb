// Chunks share memory. Giving one away to another thread does not empty the others.
import { setTimeout } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import t from 'tap';
import { streamPair } from '../fixtures/pair.js';

for (const options of [{}, { messages: true }]) {
  t.test(`options ${JSON.stringify(options)}`, async (t) => {
    const { writer, reader } = streamPair(t, options, { ...options, highWaterMark: 1000 });
    const { port1, port2 } = new MessageChannel();
    t.teardown(() => port1.close());
    port2.unref();
    for (let i = 0; i < 5; i++) {
      writer.write(Buffer.alloc(1000, i));
      // So that each is a chunk.
      await setTimeout(1);
    }
    writer.end();
    let position = 0;
    const chunks: Buffer[] = [];
    for await (const chunk of reader as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      try {
        port1.postMessage(chunk, [chunk.buffer as ArrayBuffer]);
      } catch (error) {
        // Node 20 copies it instead.
        t.match(error, { name: 'DataCloneError' });
      }
      position += chunk.length;
    }
    t.equal(position, 5000);
    const all = Buffer.concat(chunks);
    t.equal(all.length, 5000);
    t.ok(all.every((byte, i) => byte === Math.floor(i / 1000)));
  });
}
