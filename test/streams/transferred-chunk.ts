// A chunk may be given away to another thread. That takes its memory away, and nobody else's.
import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

for (const options of [{}, { messages: true }]) {
  t.test(`options ${JSON.stringify(options)}`, async (t) => {
    const { writer, reader } = streamPair(t, options, options);
    const { port1, port2 } = new MessageChannel();
    t.teardown(() => port1.close());
    const kept: Buffer[] = [];
    for (let i = 0; i < 6; i++) {
      writer.write(Buffer.alloc(1000, i));
      const [chunk] = (await once(reader, 'data')) as [Buffer];
      if (i % 2 === 0) {
        port1.postMessage(chunk, [chunk.buffer as ArrayBuffer]);
        t.equal(chunk.length, 0);
        const [received] = (await once(port2, 'message')) as [Uint8Array];
        t.strictSame(received, new Uint8Array(1000).fill(i));
      } else {
        kept.push(chunk);
      }
    }
    t.strictSame(Buffer.concat(kept), Buffer.concat([1, 3, 5].map((i) => Buffer.alloc(1000, i))));
  });
}
