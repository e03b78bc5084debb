// A producer is killed again and again over a running consumer: every message that it had published
// comes, in order, once, and the next producer goes on behind it.
import { once } from 'node:events';
import { createReadStream } from 'smipc';
import t from 'tap';
import { spawnChild } from '../fixtures/child.js';
import { uniqueName } from '../fixtures/names.js';
import { random } from '../fixtures/pattern.js';
import { newSeed } from '../fixtures/seed.js';

const kills = Number(process.env.TEST_KILLS ?? 200);
// Each kill is a process that starts.
t.setTimeout(kills * 3000);
const options = { resume: true, messages: true, capacity: 64 * 1024 };

/** Messages of different sizes that know their number. */
function message(index: number): Buffer {
  const bytes = Buffer.alloc(8 + ((index * 7919) % 5000), index);
  bytes.writeDoubleLE(index);
  return bytes;
}

t.test(`a producer is killed ${kills} times`, async (t) => {
  const { below } = random(newSeed(t));
  const name = uniqueName(t);
  const reader = createReadStream(name, options);
  let next = 0;
  let takeovers = 0;
  const ended = once(reader, 'end');
  reader.on('error', (error) => t.fail(error));
  reader.on('resumed', (takeover) => (takeovers = takeover.takeovers));
  reader.on('data', (bytes: Buffer) => {
    if (Buffer.compare(bytes, message(next)) !== 0) t.fail(`message ${next} is not what came`);
    next++;
  });
  for (let round = 0; round <= kills; round++) {
    const child = spawnChild(
      t,
      async ({ smipc, args }) => {
        const { setTimeout } = await import('node:timers/promises');
        const writer = smipc.createWriteStream(args.name, args.options);
        const sizeOf = (index: number) => 8 + ((index * 7919) % 5000);
        // Which message it is to go on with follows from where the last one stopped.
        const findNext = (position: number): number => {
          let index = 0;
          let start = 0;
          while (start < position) start += 4 + sizeOf(index++);
          if (start > position) throw new Error('the last one stopped in the middle of a message');
          return index;
        };
        let index = findNext(writer.channel?.position as number);
        if (args.isLast) {
          writer.end();
          return;
        }
        void setTimeout(args.life).then(() => process.kill(process.pid, 'SIGKILL'));
        for (;;) {
          const bytes = Buffer.alloc(sizeOf(index), index);
          bytes.writeDoubleLE(index++);
          if (!writer.write(bytes)) {
            await new Promise((resolve) => writer.once('drain', resolve));
          }
        }
      },
      { name, options, life: below(10), isLast: round === kills },
    );
    const { stderr, signal, code } = await child.exit;
    if (round < kills ? signal !== 'SIGKILL' : code !== 0) t.fail(`round ${round}: ${stderr}`);
  }
  await ended;
  t.equal(takeovers, kills);
  t.ok(next > 0);
  t.comment(`${next} messages`);
});
