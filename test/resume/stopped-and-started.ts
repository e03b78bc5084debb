// Both sides are stopped by a signal and started again, at any moment: with leave() every message is
// handled once, in order, although neither side is told what the other does. If they are killed while
// they leave, none is lost, and what comes again is marked.
import { setTimeout } from 'node:timers/promises';
import { inspect } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { kills, module, options } from '../fixtures/data/numbered.js';
import { random } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';
import { spawnChild } from '../fixtures/processes/child.js';

const rounds = Math.ceil(kills / 10);
t.setTimeout(rounds * 6000);

/** Writes on from where the last one stopped, until it is told to stop, or to end. */
function startWriter(t: Test, name: string, isLast: boolean) {
  return spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const { once } = (await import('node:events')).default;
      const { numbered } = await import(args.module);
      const writer = smipc.createWriteStream(args.name, args.options);
      let index = writer.channel?.messages as number;
      let isStopping = false;
      const stop = once(process, 'SIGTERM').then(() => {
        isStopping = true;
      });
      await send('runs');
      if (args.isLast) {
        writer.end(numbered(index));
        return;
      }
      while (!isStopping) {
        // Far more than the ring takes is waiting when the signal comes.
        if (writer.write(numbered(index++))) continue;
        await Promise.race([once(writer, 'drain'), stop]);
      }
      await writer.leave();
      if (writer.channel?.messages !== index) throw new Error(`${index} were written`);
    },
    { name, module, options, isLast },
  );
}

/** Handles messages until it is told to stop, and tells their numbers. */
function startReader(t: Test, name: string) {
  return spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const { writeSync } = await import('node:fs');
      const { setImmediate } = await import('node:timers/promises');
      const { numberOf } = await import(args.module);
      const reader = smipc.createReadStream(args.name, { ...args.options, acknowledge: true });
      process.once('SIGTERM', () => void reader.leave());
      await send('runs');
      for await (const bytes of reader) {
        const index = numberOf(bytes);
        await setImmediate();
        writeSync(1, `${index}${reader.redelivered ? '*' : ''}\n`);
      }
    },
    { name, module, options },
  );
}

for (const areKilled of [false, true]) {
  const how = areKilled ? ', and killed while they leave' : '';
  t.test(`both sides are stopped ${rounds} times${how}`, (t) => stopBoth(t, areKilled));
}

async function stopBoth(t: Test, areKilled: boolean): Promise<void> {
  const { below } = random(newSeed(t));
  const name = uniqueName(t);
  /** Stops a child after a while, and starts the next one. */
  const restart = async (start: () => ReturnType<typeof startReader>): Promise<string> => {
    let output = '';
    for (let round = 0; round < rounds; round++) {
      const child = start();
      await child.message();
      await setTimeout(below(20));
      child.kill('SIGTERM');
      if (areKilled) {
        await setTimeout(below(10));
        child.kill();
      }
      const { stdout, stderr, code, signal } = await child.exit;
      if (code !== 0 && !(areKilled && signal === 'SIGKILL')) t.fail(`round ${round}: ${stderr}`);
      output += stdout;
    }
    return output;
  };
  const reading = restart(() => startReader(t, name));
  // A writer that stops waits for readers until everything is in: one more after the last.
  const writing = restart(() => startWriter(t, name, false));
  let output = await reading;
  const rest = startReader(t, name);
  await writing;
  const { messagesWritten } = inspect(name);
  const last = startWriter(t, name, true);
  t.match(await last.exit, { code: 0 });
  const { stdout, stderr, code } = await rest.exit;
  t.equal(code, 0, stderr);
  output += stdout;
  const lines = output.split('\n').slice(0, -1);
  if (!areKilled) t.notOk(output.includes('*'), 'nothing comes again');
  const numbers = lines.map((line) => Number.parseInt(line, 10));
  // A message that comes again comes before anything new does.
  const handled = numbers.filter(
    (index, i) => !(lines[i]?.endsWith('*') && index === numbers[i - 1]),
  );
  t.equal(handled.length, (messagesWritten as number) + 1);
  t.ok(
    handled.every((index, i) => index === i),
    'each once, in order',
  );
  t.comment(`${handled.length} messages, ${lines.length} deliveries`);
  t.throws(() => inspect(name), { code: 'ENOENT' });
}
