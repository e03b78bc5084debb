// A producer is killed again and again over a running consumer: every message that it had published
// comes, in order, once, and the next producer goes on behind it.
import { once } from 'node:events';
import { type Channel, createReadStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { kills, module, numbered, options } from '../fixtures/data/numbered.js';
import { random } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';
import { spawnChild } from '../fixtures/processes/child.js';

// Each kill is a process that starts.
t.setTimeout(kills * 3000);

t.test(`a producer is killed ${kills} times`, async (t) => {
  const { below } = random(newSeed(t));
  const name = uniqueName(t);
  const reader = createReadStream(name, options);
  let next = 0;
  let takeovers = 0;
  let count = 0;
  const ended = once(reader, 'end');
  reader.on('error', (error) => t.fail(error));
  reader.on('resumed', ({ takeovers: times, messages }) => {
    takeovers = times;
    if (messages < count) t.fail(`${messages} messages, after ${count}`);
    count = messages;
  });
  reader.on('data', (bytes: Buffer) => {
    if (Buffer.compare(bytes, numbered(next)) !== 0) t.fail(`message ${next} is not what came`);
    next++;
  });
  for (let round = 0; round <= kills; round++) {
    const child = spawnChild(
      t,
      async ({ smipc, args }) => {
        const { setTimeout } = await import('node:timers/promises');
        const writer = smipc.createWriteStream(args.name, args.options);
        const { numbered, sizeOf } = await import(args.module);
        // Which message it is to go on with follows from where the last one stopped.
        const findNext = (position: number): number => {
          let index = 0;
          let start = 0;
          while (start < position) start += 4 + sizeOf(index++);
          if (start > position) throw new Error('the last one stopped in the middle of a message');
          return index;
        };
        let index = findNext(writer.channel?.position as number);
        const { messages } = writer.channel as Channel;
        if (messages !== index) throw new Error(`${index} messages are in, not ${messages}`);
        if (args.isLast) {
          writer.end();
          return;
        }
        void setTimeout(args.life).then(() => process.kill(process.pid, 'SIGKILL'));
        for (;;) {
          if (!writer.write(numbered(index++))) {
            await new Promise((resolve) => writer.once('drain', resolve));
          }
        }
      },
      { name, module, options, life: below(10), isLast: round === kills },
    );
    const { stderr, signal, code } = await child.exit;
    if (round < kills ? signal !== 'SIGKILL' : code !== 0) t.fail(`round ${round}: ${stderr}`);
  }
  await ended;
  t.equal(takeovers, kills);
  t.equal(count, next, 'the last one came after all of them');
  t.equal(reader.channel?.messages, next);
  t.ok(next > 0);
  t.comment(`${next} messages`);
});
