// With `resume`, a reader that leaves or is killed is no error for the writer. The next reader goes on
// at the exact byte where the last one stopped, and both ends are told so.
import { once } from 'node:events';
import { join } from 'node:path';
import { createReadStream, createWriteStream, inspect, openChannel, type Takeover } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { uniqueName } from '../fixtures/channels/names.js';
import { offsets, peek } from '../fixtures/channels/segment.js';
import { checkPattern, patternBytes } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

const capacity = 16 * 1024;
const total = 20 * capacity;

/** Writes the pattern without caring for readers, and keeps what it is told of them. */
function startWriter(t: Test, name: string) {
  const writer = createWriteStream(name, { resume: true, capacity });
  const takeovers: Takeover[] = [];
  writer.on('resumed', (takeover) => takeovers.push(takeover));
  writer.on('error', (error) => t.fail(error));
  writer.end(patternBytes(total));
  t.teardown(() => writer.destroy());
  return { writer, takeovers };
}

/** Reads at least `least` bytes of the pattern, and stays. */
function startReader(t: Test, name: string, least: number) {
  return spawnChild(
    t,
    async ({ smipc, pattern, args, send }) => {
      const reader = smipc.createReadStream(args.name, { resume: true, highWaterMark: 1000 });
      const start = reader.channel?.position ?? 0;
      let position = start;
      for await (const chunk of reader) {
        pattern.checkPattern(chunk, position);
        position += chunk.length;
        if (position - start >= args.least) break;
      }
      if (args.stays) {
        await send({ start });
        setInterval(() => {}, 1000);
      }
    },
    { name, least, stays: true },
  );
}

async function readRest(name: string): Promise<{ start: number; end: number }> {
  const reader = createReadStream(name, { resume: true });
  const start = reader.channel?.position ?? 0;
  let end = start;
  for await (const chunk of reader) {
    checkPattern(chunk, end);
    end += chunk.length;
  }
  return { start, end };
}

t.test('after readers that closed', async (t) => {
  const name = uniqueName(t);
  const { writer, takeovers } = startWriter(t, name);
  const finished = once(writer, 'finish');
  const starts: number[] = [];
  for (let i = 0; i < 5; i++) {
    // Or the writer may look only when the reader after this one has come, and hear of one take-over.
    const told = i > 0 ? once(writer, 'resumed') : undefined;
    // Little at a time, so that there is always something left for the next ones.
    const reader = createReadStream(name, { resume: true, highWaterMark: 1000 });
    starts.push(reader.channel?.position ?? -1);
    const [chunk] = await once(reader, 'data');
    reader.pause();
    await told;
    checkPattern(chunk, starts[i] as number);
    reader.destroy();
    await once(reader, 'close');
  }
  const { end } = await readRest(name);
  await finished;
  t.equal(end, total);
  t.strictSame(
    takeovers.slice(0, 4).map(({ role, position, takeovers }) => [role, position, takeovers]),
    starts.slice(1).map((start, i) => ['reader', start, i + 1]),
  );
  t.throws(() => inspect(name), { code: 'ENOENT' }, 'the stream is over, and its name is free');
});

t.test(
  'several that come before the writer can look are told of as the last of them',
  async (t) => {
    const name = uniqueName(t);
    const { writer, takeovers } = startWriter(t, name);
    const target = Buffer.alloc(1000);
    const told = once(writer, 'resumed');
    for (let i = 0; i < 4; i++) {
      const reader = openChannel(name, 'r', { resume: true });
      t.equal(reader.position, i * target.length);
      t.equal(reader.tryRead(target), target.length);
      void reader.close();
    }
    await told;
    await someTurns();
    t.strictSame(takeovers, [
      { role: 'reader', position: 3 * target.length, messages: 0, takeovers: 3 },
    ]);
  },
);

t.test('after a reader that was killed while the writer waits for space', async (t) => {
  const name = uniqueName(t);
  const { takeovers } = startWriter(t, name);
  const child = startReader(t, name, 3 * capacity);
  t.strictSame(await child.message(), { start: 0 });
  child.kill();
  await child.exit;
  const { bytesRead } = inspect(name);
  t.ok(bytesRead >= 3 * capacity);
  t.strictSame(await readRest(name), { start: bytesRead, end: total });
  t.strictSame(takeovers, [{ role: 'reader', position: bytesRead, messages: 0, takeovers: 1 }]);
});

t.test('the new reader is told where it begins', async (t) => {
  const name = uniqueName(t);
  startWriter(t, name);
  const first = createReadStream(name, { resume: true, highWaterMark: 500 });
  await once(first, 'data');
  first.destroy();
  await once(first, 'close');
  const second = createReadStream(name, { resume: true });
  const [takeover] = (await once(second, 'resumed')) as [Takeover];
  t.match(takeover, { role: 'reader', takeovers: 1 });
  t.equal(takeover.position, first.bytesRead);
  t.equal(second.channel?.position, first.bytesRead + second.bytesRead);
  second.destroy();
});

t.test('an idle new reader is woken by a writer that knew the old one asleep', async (t) => {
  const dir = uniqueDirectory(t);
  const writer = createWriteStream('a', { resume: true, capacity, dir });
  t.teardown(() => writer.destroy());
  for (let i = 0; i < 3; i++) {
    const child = spawnChild(
      t,
      async ({ smipc, args, send }) => {
        const reader = smipc.createReadStream('a', { resume: true, dir: args.dir });
        reader.on('data', (chunk) => void send(String(chunk)));
        await send('reads');
      },
      { dir },
    );
    t.equal(await child.message(), 'reads');
    for (const word of ['one', 'two']) {
      await until(() => peek(join(dir, 'a'), offsets.dataSleeping) !== 0, 'the reader to sleep');
      writer.write(word);
      t.equal(await child.message(), word);
    }
    child.kill();
    await child.exit;
  }
});
