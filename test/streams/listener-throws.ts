// What a listener of the user's throws is an uncaught exception, as with Node's own streams, and no
// error of the stream: if the process goes on, so do the stream and what else waits for the channel.
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';

for (const event of ['data', 'connect'] as const) {
  t.test(`'${event}'`, async (t) => {
    const child = spawnChild(
      t,
      async ({ smipc, args, until }) => {
        const { once } = (await import('node:events')).default;
        const uncaught: string[] = [];
        process.on('uncaughtException', (error) => uncaught.push(error.message));
        const reader = smipc.createReadStream(args.name);
        let bytes = 0;
        const errors: unknown[] = [];
        reader.on('error', (error) => errors.push(error));
        reader.on('data', (chunk) => {
          bytes += chunk.length;
        });
        reader.once(args.event, () => {
          throw new Error('a bug in a listener');
        });
        const connected = reader.waitForPeer();
        const writer = smipc.createWriteStream(args.name);
        writer.write('x'.repeat(1000));
        await connected;
        await until(() => bytes === 1000, 'the bytes of before');
        writer.end('y'.repeat(500));
        await once(reader, 'end');
        return process.send?.({ bytes, uncaught, errors });
      },
      { name: uniqueName(t), event },
    );
    const told = await child.message();
    t.strictSame(told, { bytes: 1500, uncaught: ['a bug in a listener'], errors: [] });
    t.match(await child.exit, { code: 0, stderr: '' });
  });
}
