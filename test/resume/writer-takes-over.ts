// With `resume`, a writer that leaves without end(), or is killed, is no error for the reader. The next
// writer goes on where the last one stopped: after the last byte that was published.
import { once } from 'node:events';
import { createReadStream, createWriteStream, inspect, type Takeover } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { checkPattern, patternBytes } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { someTurns } from '../fixtures/timing/turns.js';

const capacity = 16 * 1024;

/** Checks the pattern; `position()` tells how far it got. */
function startReader(t: Test, name: string) {
  const reader = createReadStream(name, { resume: true, capacity });
  const takeovers: Takeover[] = [];
  let position = 0;
  reader.on('data', (chunk) => {
    checkPattern(chunk, position);
    position += chunk.length;
  });
  reader.on('resumed', (takeover) => takeovers.push(takeover));
  reader.on('error', (error) => t.fail(error));
  t.teardown(() => reader.destroy());
  return { reader, takeovers, position: () => position };
}

t.test('after writers that aborted', async (t) => {
  const name = uniqueName(t);
  const { reader, takeovers, position } = startReader(t, name);
  let written = 0;
  for (let i = 0; i < 5; i++) {
    const writer = createWriteStream(name, { resume: true });
    t.equal(writer.channel?.position, written);
    writer.write(patternBytes(1000, written));
    written += 1000;
    writer.destroy();
    await once(writer, 'close');
    await someTurns();
  }
  const last = createWriteStream(name, { resume: true });
  t.equal(last.bytesWritten, 0);
  last.end(patternBytes(7, written));
  await once(reader, 'end');
  t.equal(position(), written + 7);
  t.strictSame(
    takeovers.map((one) => one.role),
    Array(takeovers.length).fill('writer'),
  );
  t.strictSame(takeovers.at(-1), { role: 'writer', position: written, messages: 0, takeovers: 5 });
});

t.test('after a writer that was killed in the middle of a large write', async (t) => {
  const name = uniqueName(t);
  const { reader, takeovers, position } = startReader(t, name);
  const child = spawnChild(
    t,
    async ({ smipc, pattern, args, send, receive }) => {
      const writer = smipc.createWriteStream(args.name, { resume: true });
      writer.write(pattern.patternBytes(64 * args.capacity));
      await send('written');
      await receive();
    },
    { name, capacity },
  );
  reader.once('data', () => child.kill());
  await child.exit;
  const { bytesWritten } = inspect(name);
  const writer = createWriteStream(name, { resume: true });
  t.equal(writer.channel?.position, bytesWritten);
  t.match(inspect(name), { writer: { takeovers: 1, since: bytesWritten } });
  writer.end(patternBytes(3 * capacity, bytesWritten));
  await once(reader, 'end');
  t.equal(position(), bytesWritten + 3 * capacity);
  t.strictSame(takeovers, [{ role: 'writer', position: bytesWritten, messages: 0, takeovers: 1 }]);
});

t.test('a writer that exits leaves what it wrote, and no end', async (t) => {
  const name = uniqueName(t);
  const child = spawnChild(
    t,
    ({ smipc, pattern, args }) => {
      smipc.createWriteStream(args.name, { resume: true }).write(pattern.patternBytes(5000));
      process.exit();
    },
    { name },
  );
  t.match(await child.exit, { code: 0 });
  t.match(inspect(name), { writer: { state: 'aborted' }, used: 5000 });
  const { reader, position } = startReader(t, name);
  const writer = createWriteStream(name, { resume: true });
  writer.end(patternBytes(1, 5000));
  await once(reader, 'end');
  t.equal(position(), 5001);
});

t.test('when both have gone, the position stays', async (t) => {
  const name = uniqueName(t);
  const first = createWriteStream(name, { resume: true, capacity });
  const reader = createReadStream(name, { resume: true });
  first.write('four');
  t.equal(String(await once(reader, 'data')), 'four');
  first.destroy();
  reader.destroy();
  await Promise.all([once(first, 'close'), once(reader, 'close')]);
  t.match(inspect(name), { bytesRead: 4, bytesWritten: 4, resumable: true });
  const writer = createWriteStream(name, { resume: true });
  t.equal(writer.channel?.position, 4);
  writer.end('rest');
  await once(writer, 'close');
  t.equal(String(await once(createReadStream(name, { resume: true }), 'data')), 'rest');
});

t.test('where nothing was ever written, nothing stays', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { resume: true });
  const reader = createReadStream(name, { resume: true });
  writer.destroy();
  reader.destroy();
  await Promise.all([once(writer, 'close'), once(reader, 'close')]);
  t.throws(() => inspect(name), { code: 'ENOENT' });
});
