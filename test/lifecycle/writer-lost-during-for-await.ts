// The body of a `for await` is slow, and the writer aborts or is killed while it works on a chunk.
// The loop goes on with what was published meanwhile, and only then throws.
import { createReadStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { checkPattern } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';

for (const peer of ['aborted', 'died'] as const) {
  t.test(peer, async (t) => {
    const name = uniqueName(t);
    const writer = spawnChild(
      t,
      async ({ smipc, pattern, args, send, receive }) => {
        const channel = smipc.openChannel(args.name, 'w');
        await channel.write(pattern.patternBytes(1000));
        await receive();
        await channel.write(pattern.patternBytes(1000, 1000));
        await channel.drained();
        await send('written');
        await receive();
        await channel.close();
      },
      { name },
    );
    let position = 0;
    const reading = (async () => {
      for await (const chunk of createReadStream(name)) {
        checkPattern(chunk, position);
        if (position === 0) {
          await writer.send('more');
          await writer.message();
          if (peer === 'died') writer.kill();
          else await writer.send('close');
          await writer.exit;
        }
        position += chunk.length;
      }
    })();
    await t.rejects(reading, { code: 'ECONNRESET', peer });
    t.equal(position, 2000);
  });
}
