// 500 MB go from one process to another: neither ever holds more than a fraction of it.
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';

const total = 500_000_000;
const mostMegabytes = 200;

t.test('500 MB with pipeline', async (t) => {
  const args = { name: uniqueName(t), total };
  const writer = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const { pipeline } = await import('node:stream/promises');
      const stream = smipc.createWriteStream(args.name);
      await pipeline(async function* () {
        for (let left = args.total; left > 0; left -= 62_500) yield Buffer.alloc(62_500);
      }, stream);
      await send(process.resourceUsage().maxRSS);
    },
    args,
  );
  const reader = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      let count = 0;
      for await (const chunk of smipc.createReadStream(args.name)) count += chunk.length;
      await send(count);
      await send(process.resourceUsage().maxRSS);
    },
    args,
  );
  t.equal(await reader.message(), total);
  for (const [who, child] of Object.entries({ writer, reader })) {
    const megabytes = (Number(await child.message()) * 1024) / 1e6;
    t.ok(megabytes < mostMegabytes, `the ${who} used up to ${megabytes.toFixed()} MB`);
  }
});
