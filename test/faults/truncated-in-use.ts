// Somebody who may write in a channel's file shrinks it. What is documented: the system ends whoever
// uses that channel then (SIGBUS). All others, and all who only come then, get an error or nothing at
// all: openers, inspect(), list(), remove(), and other channels in the same directory.
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { createReadStream, inspect, list, openChannel, remove } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

const corrupt = { name: 'SmipcError', code: 'ERR_SMIPC_CORRUPT', channel: 'shrunk' };

for (const size of [0, 48, 4096, 4096 + 4095]) {
  t.test(`to ${size} bytes`, async (t) => {
    const dir = uniqueDirectory(t);
    const child = spawnChild(
      t,
      async ({ smipc, args, send, receive }) => {
        const writer = smipc.openChannel('shrunk', 'w', { dir: args.dir, capacity: 4096 });
        await send('open');
        await receive();
        writer.tryWrite(Buffer.alloc(4096));
      },
      { dir },
    );
    t.equal(await child.message(), 'open');
    const writer = openChannel('other', 'w', { dir });
    const reader = openChannel('other', 'r', { dir });
    truncateSync(join(dir, 'shrunk'), size);

    // Without the magic it is any file.
    const error = size === 0 ? { ...corrupt, code: 'ERR_SMIPC_INCOMPATIBLE' } : corrupt;
    for (const mode of ['r', 'w'] as const) {
      t.throws(() => openChannel('shrunk', mode, { dir }), error);
      await t.rejects(openChannel('shrunk', mode, { dir, wait: true }), error);
    }
    const stream = createReadStream('shrunk', { dir });
    t.match(await new Promise((resolve) => stream.once('error', resolve)), error);
    t.throws(() => inspect('shrunk', { dir }), error);
    t.throws(() => remove('shrunk', { dir }), error);
    t.strictSame(
      list({ dir }).map(({ name }) => name),
      ['other'],
    );

    // It may have looked by itself before, and be gone.
    await child.send('write').catch(() => {});
    const { code, signal } = await child.exit;
    if (size <= 4096) t.strictSame({ code, signal }, { code: null, signal: 'SIGBUS' });
    await writer.write(Buffer.from('x'));
    t.equal(reader.tryRead(Buffer.alloc(1)), 1, 'others are not harmed');
    await Promise.all([writer.close(), reader.close()]);
    if (size > 0) {
      remove('shrunk', { dir, force: true });
      await openChannel('shrunk', 'w', { dir }).close();
    }
  });
}
