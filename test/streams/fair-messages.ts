// However many bytes of messages are there, and however large one is, timers are served in between.
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';

for (const [what, size, count] of [
  ['many large messages', 1024 * 1024, 60],
  ['one very large message', 60 * 1024 * 1024, 1],
] as const) {
  t.test(what, async (t) => {
    const child = spawnChild(
      t,
      async ({ smipc, args, send }) => {
        const { once } = (await import('node:events')).default;
        const { name, size, count } = args;
        const capacity = 64 * 1024 * 1024;
        const writer = smipc.createWriteStream(name, { messages: true, capacity });
        for (let i = 0; i < count; i++) writer.write(Buffer.alloc(size, i));
        writer.end();
        await once(writer, 'finish');
        let turns = 0;
        const count_ = () => {
          turns++;
          immediate = setImmediate(count_);
        };
        const reader = smipc.createReadStream(name, { messages: true });
        let immediate = setImmediate(count_);
        let bytes = 0;
        for await (const message of reader) bytes += message.length;
        clearImmediate(immediate);
        await send({ turns, bytes });
      },
      { name: uniqueName(t), size, count },
    );
    const { turns, bytes } = (await child.message()) as { turns: number; bytes: number };
    t.equal(bytes, size * count);
    t.ok(turns >= 10, `${turns} turns of the event loop`);
    t.match(await child.exit, { code: 0, stderr: '' });
  });
}
