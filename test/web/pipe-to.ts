// pipeTo() into a channel in one process, and out of it in another: everything arrives, and both ends
// come to their ends.
import { openReadableStream } from 'smipc/web';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { checkPattern } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';

const total = 20_000_003;

for (const capacity of [4096, 1024 * 1024]) {
  t.test(`a ring of ${capacity}`, async (t) => {
    const args = { name: uniqueName(t), capacity, total: capacity === 4096 ? 2_000_003 : total };
    const child = spawnChild(
      t,
      async ({ web, pattern, args }) => {
        let position = 0;
        const source = new ReadableStream({
          pull(controller) {
            const chunk = new Uint8Array(Math.min(70_001, args.total - position));
            pattern.fillPattern(chunk, position);
            position += chunk.length;
            if (chunk.length === 0) controller.close();
            else controller.enqueue(chunk);
          },
        });
        await source.pipeTo(web.openWritableStream(args.name, { capacity: args.capacity }));
      },
      args,
    );
    let position = 0;
    const sink = new WritableStream<Uint8Array>({
      write(chunk) {
        checkPattern(chunk, position);
        position += chunk.length;
      },
    });
    await openReadableStream(args.name).pipeTo(sink);
    t.equal(position, args.total);
    t.match(await child.exit, { code: 0, stderr: '' });
  });
}
