// A consumer is killed again and again under a running producer: every message is handled, in order,
// none is lost.
import { setTimeout } from 'node:timers/promises';
import { createWriteStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { kills, module, numbered, options } from '../fixtures/data/numbered.js';
import { random } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';
import { spawnChild } from '../fixtures/processes/child.js';

// Each kill is a process that starts.
t.setTimeout(kills * 3000);

t.test(`a consumer is killed ${kills} times`, async (t) => {
  const { below } = random(newSeed(t));
  const name = uniqueName(t);
  const writer = createWriteStream(name, options);
  writer.on('error', (error) => t.fail(error));
  let written = 0;
  const produce = () => {
    while (writer.write(numbered(written++)));
  };
  writer.on('drain', produce);
  produce();
  t.teardown(() => writer.destroy());

  // Each consumer tells which messages it has handled, before it asks for the next one.
  const handled: number[] = [];
  let next = 0;
  /** The last consumer was killed with the message before `next` in its hands. */
  let hasOneInHand = false;
  const account = (line: string): void => {
    if (line.startsWith('from')) {
      // The last one may have been killed before or after the message before `next` was taken out.
      const taken = Number(line.slice(5));
      if (taken !== next - 1 && (hasOneInHand || taken !== next)) {
        t.fail(`${taken} messages are out, of ${next} that were handled`);
      }
      return;
    }
    const index = Number.parseInt(line, 10);
    const isRedelivered = line.endsWith('*');
    if (index < next && !isRedelivered) t.fail(`message ${index} came again, and is not marked`);
    if (index > next) t.fail(`message ${next} was lost, ${index} came`);
    if (hasOneInHand && index !== next - 1) t.fail(`message ${next - 1} did not come again`);
    hasOneInHand = false;
    next = index + 1;
    handled.push(index);
  };
  for (let round = 0; round <= kills; round++) {
    // By turns: with a message in its hands, and at any moment.
    const killsItself = round % 2 === 0;
    const child = spawnChild(
      t,
      async ({ smipc, args, send }) => {
        const { writeSync } = await import('node:fs');
        const { numberOf } = await import(args.module);
        await send('ready');
        const reader = smipc.createReadStream(args.name, { ...args.options, acknowledge: true });
        writeSync(1, `from ${reader.channel?.messages}\n`);
        for await (const bytes of reader) {
          const index = numberOf(bytes);
          writeSync(1, `${index}${reader.redelivered ? '*' : ''}\n`);
          if (args.killsItself && index >= args.last) process.kill(process.pid, 'SIGKILL');
        }
      },
      { name, module, options, killsItself, last: next + below(30) },
    );
    await child.message();
    if (!killsItself) {
      await setTimeout(below(20));
      child.kill();
    }
    const { stdout, stderr, signal } = await child.exit;
    if (signal !== 'SIGKILL') t.fail(`round ${round}: ${stderr}`);
    const lines = stdout.split('\n').slice(0, -1);
    for (const line of lines) account(line);
    hasOneInHand ||= killsItself;
  }
  t.equal(new Set(handled).size, next, 'all were handled');
  t.comment(`${next} messages, ${handled.length} deliveries`);
});
