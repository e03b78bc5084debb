// A consumer is killed again and again under a running producer: every message is handled, in order,
// none is lost.
import { createWriteStream } from 'smipc';
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

t.test(`a consumer is killed ${kills} times`, async (t) => {
  const { below } = random(newSeed(t));
  const name = uniqueName(t);
  const writer = createWriteStream(name, options);
  writer.on('error', (error) => t.fail(error));
  let written = 0;
  const produce = () => {
    while (writer.write(message(written++)));
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
        const reader = smipc.createReadStream(args.name, { ...args.options, acknowledge: true });
        const numberOf = (bytes: Buffer): number => {
          const index = bytes.readDoubleLE();
          const body = Buffer.alloc((index * 7919) % 5000, index);
          if (!bytes.subarray(8).equals(body)) throw new Error(`message ${index} is damaged`);
          return index;
        };
        for await (const bytes of reader) {
          const index = numberOf(bytes);
          writeSync(1, `${index}${reader.redelivered ? '*' : ''}\n`);
          if (index >= args.last) process.kill(process.pid, 'SIGKILL');
        }
      },
      { name, options, last: next + below(30) },
    );
    const { stdout, stderr, signal } = await child.exit;
    if (signal !== 'SIGKILL') t.fail(`round ${round}: ${stderr}`);
    for (const line of stdout.trim().split('\n')) account(line);
  }
  t.equal(again, kills, 'the message in hand of each that was killed came again');
  t.equal(new Set(handled).size, next, 'and all of them were handled');
  t.comment(`${next} messages, ${handled.length} deliveries`);
});
