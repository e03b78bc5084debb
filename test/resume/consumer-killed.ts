// A consumer is killed again and again under a running producer: every message is handled, in order,
// none is lost.
import { createWriteStream } from 'smipc';
import t from 'tap';
import { spawnChild } from '../fixtures/child.js';
import { uniqueName } from '../fixtures/names.js';
import { kills, module, numbered, options } from '../fixtures/numbered.js';
import { random } from '../fixtures/pattern.js';
import { newSeed } from '../fixtures/seed.js';

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
  let again = 0;
  let next = 0;
  const account = (line: string): void => {
    const index = Number.parseInt(line, 10);
    if (line.endsWith('*')) again++;
    else if (index < next) t.fail(`message ${index} was delivered before, and is not marked`);
    if (index > next) t.fail(`message ${next} was lost, ${index} came`);
    next = index + 1;
    handled.push(index);
  };
  for (let round = 0; round <= kills; round++) {
    const child = spawnChild(
      t,
      async ({ smipc, args }) => {
        const { writeSync } = await import('node:fs');
        const { numberOf } = await import(args.module);
        const reader = smipc.createReadStream(args.name, { ...args.options, acknowledge: true });
        for await (const bytes of reader) {
          const index = numberOf(bytes);
          writeSync(1, `${index}${reader.redelivered ? '*' : ''}\n`);
          if (index >= args.last) process.kill(process.pid, 'SIGKILL');
        }
      },
      { name, module, options, last: next + below(30) },
    );
    const { stdout, stderr, signal } = await child.exit;
    if (signal !== 'SIGKILL') t.fail(`round ${round}: ${stderr}`);
    for (const line of stdout.trim().split('\n')) account(line);
  }
  t.equal(again, kills, 'the message in hand of each that was killed came again');
  t.equal(new Set(handled).size, next, 'and all of them were handled');
  t.comment(`${next} messages, ${handled.length} deliveries`);
});
