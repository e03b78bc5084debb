// peek(): bytes are looked at where they are, and those that the function says are consumed.
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openPair } from '../fixtures/channels/pair.js';
import { checkPattern } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('as many are consumed as it returns; the others come again', async (t) => {
  const { writer, reader } = openPair(t);
  await writer.write(Buffer.from('abcdef'));
  const seen: string[] = [];
  const take = (count: number) => (view: Buffer) => {
    seen.push(view.toString());
    return count;
  };
  t.equal(await reader.peek(take(2)), 2);
  t.equal(reader.tryPeek(take(0)), 0);
  t.equal(reader.peekSync(take(1)), 1);
  t.strictSame(seen, ['abcdef', 'cdef', 'cdef']);
  t.equal(reader.position, 3);
  t.equal(reader.status().used, 3);
  const rest = Buffer.alloc(10);
  t.equal(reader.tryRead(rest), 3);
  t.equal(rest.toString('latin1', 0, 3), 'def');
});

t.test('the view is the ring: contiguous over its end, and detached afterwards', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  for (let round = 0; round < 10; round++) {
    const text = `${round}`.repeat(3000);
    t.equal(writer.tryWrite(Buffer.from(text)), 3000);
    let kept: Buffer | undefined;
    reader.tryPeek((view) => {
      if (view.toString() !== text) t.fail(`round ${round}`);
      kept = view;
      return view.length;
    });
    t.equal(kept?.length, 0);
    t.equal(kept?.buffer.byteLength, 0);
  }
});

t.test('all bytes of another process, in their place', async (t) => {
  const args = { name: uniqueName(t), total: 30e6 + 1, seed: newSeed(t) };
  const child = spawnChild(
    t,
    async ({ smipc, pattern, args }) => {
      const random = pattern.random(args.seed);
      const writer = smipc.openChannel(args.name, 'w', { capacity: 65536 });
      for (let position = 0; position < args.total; ) {
        const size = Math.min(random.between(1, 65536), args.total - position);
        const fill = (view: Buffer) => {
          // Not always all of it.
          const count = random.between(0, size);
          pattern.fillPattern(view.subarray(0, count), position, args.seed);
          return count;
        };
        position +=
          random.below(2) === 0
            ? await writer.reserve(size, fill)
            : writer.reserveSync(size, fill, { timeout: 30_000 });
      }
      writer.end();
      await writer.close();
    },
    args,
  );
  const reader = openChannel(args.name, 'r', { capacity: 65536 });
  t.teardown(() => reader.close());
  let position = 0;
  let round = 0;
  const check = (view: Buffer) => {
    checkPattern(view, position, args.seed);
    return view.length;
  };
  for (;;) {
    const count =
      ++round % 2 === 0 ? await reader.peek(check) : reader.peekSync(check, { timeout: 30_000 });
    if (count === 0) break;
    position += count;
  }
  t.equal(reader.ended, true);
  t.equal(position, args.total);
  t.match(await child.exit, { code: 0, stderr: '' });
});

t.test('min: waits for so many; fewer come only before the end', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  writer.tryWrite(Buffer.alloc(10));
  const all = (view: Buffer) => view.length;
  await t.rejects(reader.peek(all, { min: 11, timeout: 1 }), { code: 'ETIMEDOUT' });
  t.throws(() => reader.peekSync(all, { min: 11, timeout: 1 }), { code: 'ETIMEDOUT' });
  const peeked = reader.peek(all, { min: 4096 });
  writer.tryWrite(Buffer.alloc(5000));
  t.equal(await peeked, 4096);
  writer.tryWrite(Buffer.alloc(5));
  writer.end();
  t.equal(await reader.peek(all, { min: 4096 }), 5);
  const notCalled = () => t.fail('called at the end');
  t.equal(await reader.peek(notCalled as never), 0);
  t.equal(reader.peekSync(notCalled as never), 0);
  t.equal(reader.tryPeek(notCalled as never), 0);
  t.equal(reader.ended, true);
});

t.test('in turn with reads', async (t) => {
  const { writer, reader } = openPair(t);
  const target = Buffer.alloc(2);
  const rest = Buffer.alloc(2);
  const done: string[] = [];
  const waits = [
    reader.read(target, { min: 2 }).then(() => done.push(target.toString())),
    reader
      .peek((view) => {
        done.push(view.toString());
        return 1;
      })
      .then((count) => done.push(`${count}`)),
    reader.read(rest).then((count) => done.push(rest.toString('latin1', 0, count))),
  ];
  t.equal(
    reader.tryPeek(() => t.fail('out of turn') as never),
    0,
  );
  t.throws(() => reader.peekSync((view) => view.length), { code: 'ERR_INVALID_STATE' });
  await writer.write(Buffer.from('abcd'));
  await Promise.all(waits);
  t.strictSame(done.sort(), ['1', 'ab', 'cd', 'd'], 'each once');
  t.equal(reader.position, 4);
});

t.test('the writer is lost: after every byte', async (t) => {
  const { writer, reader } = openPair(t);
  await writer.write(Buffer.from('abc'));
  await writer.close();
  t.equal(await reader.peek((view) => view.length, { min: 100 }), 3);
  const error = { code: 'ECONNRESET', peer: 'aborted', syscall: 'read' };
  await t.rejects(
    reader.peek((view) => view.length),
    error,
  );
  t.throws(() => reader.peekSync((view) => view.length), error);
  t.throws(() => reader.tryPeek((view) => view.length), error);
});

t.test('a wait can be aborted', async (t) => {
  const { writer, reader } = openPair(t);
  const aborter = new AbortController();
  const peeked = reader.peek((view) => view.length, { signal: aborter.signal });
  aborter.abort();
  await t.rejects(peeked, { code: 'ABORT_ERR' });
  writer.tryWrite(Buffer.from('abc'));
  t.equal(await reader.peek((view) => view.length), 3);
});
