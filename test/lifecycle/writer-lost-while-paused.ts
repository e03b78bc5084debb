// A paused reader has taken chunks out of the ring and holds them in its stream's own buffer when
// its writer aborts or is killed. They are published bytes too: once it reads on, it gets them, and
// learns of the loss after them.
import { createReadStream } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { checkPattern } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { outcomeOf } from '../fixtures/processes/outcome.js';
import { until } from '../fixtures/timing/until.js';

const bytes = 2000;

async function pausedReaderOfLostWriter(t: Test, peer: 'aborted' | 'died') {
  const name = uniqueName(t);
  const reader = createReadStream(name).pause();
  const outcome = outcomeOf(reader);
  const writer = spawnChild(
    t,
    async ({ smipc, pattern, args, receive }) => {
      const channel = smipc.openChannel(args.name, 'w');
      for (let position = 0; position < args.bytes; position += 500) {
        await channel.write(pattern.patternBytes(500, position));
        await channel.drained();
      }
      await receive();
      await channel.close();
    },
    { name, bytes },
  );
  reader.read(0);
  await until(() => reader.readableLength === bytes, 'all bytes to be in the buffer');
  if (peer === 'died') writer.kill();
  else await writer.send('close');
  await writer.exit;
  return { reader, outcome };
}

for (const peer of ['aborted', 'died'] as const) {
  const lost = { events: ['error', 'close'], code: 'ECONNRESET', peer };

  t.test(`${peer}: 'data'`, async (t) => {
    const { reader, outcome } = await pausedReaderOfLostWriter(t, peer);
    let position = 0;
    reader.on('data', (chunk: Uint8Array) => {
      checkPattern(chunk, position);
      position += chunk.length;
    });
    reader.resume();
    t.strictSame(await outcome, lost);
    t.equal(position, bytes);
  });

  t.test(`${peer}: for await`, async (t) => {
    const { reader, outcome } = await pausedReaderOfLostWriter(t, peer);
    let position = 0;
    const reading = (async () => {
      for await (const chunk of reader) {
        checkPattern(chunk, position);
        position += chunk.length;
      }
    })();
    await t.rejects(reading, { code: 'ECONNRESET', peer });
    t.strictSame(await outcome, lost);
    t.equal(position, bytes);
  });
}
