// Bells are a shortcut. When their names are removed by somebody else, or a process uses none, the
// peers still wake each other, and a death is still noticed.
import { readdirSync, unlinkSync } from 'node:fs';
import { createReadStream } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { consume } from '../fixtures/processes/outcome.js';

const bytes = 200_000;

// Not only what the tests run under.
const withoutBells = { SMIPC_FALLBACK: `${process.env.SMIPC_FALLBACK ?? ''},bells` };

for (const how of ['their names are removed', 'the writer uses none']) {
  t.test(how, async (t) => {
    const dir = uniqueDirectory(t);
    const writer = spawnChild(
      t,
      async ({ smipc, pattern, args, send, receive }) => {
        const stream = smipc.createWriteStream('channel', { dir: args.dir, capacity: 4096 });
        await send('open');
        await receive();
        await new Promise((resolve) => stream.write(pattern.patternBytes(args.bytes), resolve));
        await stream.drained();
        await send('drained');
        await receive();
        stream.destroy();
      },
      { dir, bytes },
      { env: how === 'the writer uses none' ? withoutBells : {} },
    );
    await writer.message();
    const outcome = consume(createReadStream('channel', { dir }));
    if (how === 'their names are removed') {
      for (const file of readdirSync(dir)) if (file.startsWith('.')) unlinkSync(`${dir}/${file}`);
    }
    await writer.send('write');
    await writer.message();
    writer.kill();
    t.strictSame(await outcome, {
      bytes,
      events: ['error', 'close'],
      code: 'ECONNRESET',
      peer: 'died',
    });
  });
}
