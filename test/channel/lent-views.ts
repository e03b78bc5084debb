// What a function that has a view of the ring may do, and what not: nothing is consumed or published
// but what it returns, and the ring is never unmapped under it.
import { createReadStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openPair } from '../fixtures/channels/pair.js';

const calls = {
  peek: ['tryPeek', 'peekSync', 'peek'],
  reserve: ['tryReserve', 'reserveSync', 'reserve'],
} as const;

type Give = (view: Buffer) => unknown;

/** Each way to get a view, of a channel with ten bytes in it and space for more. */
function* ways(t: Parameters<typeof openPair>[0]) {
  for (const method of [...calls.peek, ...calls.reserve]) {
    const { writer, reader } = openPair(t, { capacity: 4096 });
    writer.tryWrite(Buffer.from('0123456789'));
    const isPeek = method.toLowerCase().endsWith('peek') || method === 'peekSync';
    const channel = isPeek ? reader : writer;
    const give = async (fn: Give) =>
      isPeek
        ? await (channel[method as 'peek'] as (fn: Give) => unknown)(fn)
        : await (channel[method as 'reserve'] as (size: number, fn: Give) => unknown)(10, fn);
    const positions = () => [writer.position, reader.position];
    yield { method, channel, give, positions, writer, reader, isPeek };
  }
}

t.test('an exception is passed on, and nothing has happened', async (t) => {
  for (const { method, give, positions } of ways(t)) {
    const mine = new Error('mine');
    let kept: Buffer | undefined;
    const thrown = give((view) => {
      kept = view;
      throw mine;
    });
    t.equal(await thrown.catch((error) => error), mine, method);
    t.equal(kept?.length, 0, 'detached');
    t.strictSame(positions(), [10, 0]);
  }
});

t.test('what it returns must be a number of bytes of the view', async (t) => {
  for (const { method, give, positions } of ways(t)) {
    for (const [result, code] of [
      [undefined, 'ERR_INVALID_ARG_TYPE'],
      ['1', 'ERR_INVALID_ARG_TYPE'],
      [Promise.resolve(1), 'ERR_INVALID_ARG_TYPE'],
      [-1, 'ERR_OUT_OF_RANGE'],
      [1.5, 'ERR_OUT_OF_RANGE'],
      [NaN, 'ERR_OUT_OF_RANGE'],
      [11, 'ERR_OUT_OF_RANGE'],
    ] as const) {
      await t.rejects(
        give(() => result),
        { code },
        `${method}: ${String(result)}`,
      );
    }
    t.strictSame(positions(), [10, 0]);
  }
});

t.test('one at a time: no other call that moves bytes', async (t) => {
  for (const { method, channel, give, positions, isPeek } of ways(t)) {
    const bytes = Buffer.alloc(5);
    const all = (view: Buffer) => view.length;
    const error = { code: 'ERR_INVALID_STATE' };
    const pending: Promise<unknown>[] = [];
    await give(() => {
      if (isPeek) {
        t.throws(() => channel.tryRead(bytes), error, method);
        t.throws(() => channel.readSync(bytes), error);
        t.throws(() => channel.tryPeek(all), error);
        t.throws(() => channel.peekSync(all), error);
        pending.push(t.rejects(channel.read(bytes), error), t.rejects(channel.peek(all), error));
      } else {
        t.throws(() => channel.tryWrite(bytes), error, method);
        t.throws(() => channel.writeSync(bytes), error);
        t.throws(() => channel.tryReserve(5, all), error);
        t.throws(() => channel.reserveSync(5, all), error);
        t.throws(() => channel.end(), error);
        pending.push(t.rejects(channel.write(bytes), error));
        pending.push(t.rejects(channel.reserve(5, all), error));
      }
      return 0;
    });
    await Promise.all(pending);
    t.strictSame(positions(), [10, 0]);
  }
});

t.test('closed meanwhile: the view is sound until it returns, and the call fails', async (t) => {
  for (const { method, channel, give } of ways(t)) {
    const given = give((view) => {
      void channel.close();
      view.fill('x');
      return view.length;
    });
    await t.rejects(given, { code: 'EBADF' }, method);
    await channel.close();
    t.equal(channel.state, 'closed');
  }
});

t.test('memory that is transferred away stays mapped', async (t) => {
  const transfer = (ArrayBuffer.prototype as { transfer?: () => ArrayBuffer }).transfer;
  if (transfer === undefined) {
    t.pass('this Node has no ArrayBuffer.prototype.transfer');
    return;
  }
  for (const { method, channel, give, positions } of ways(t)) {
    let moved: Uint8Array | undefined;
    const given = give((view) => {
      moved = new Uint8Array(transfer.call(view.buffer));
      return 1;
    });
    await t.rejects(given, { code: 'ERR_INVALID_STATE' }, method);
    t.strictSame(positions(), [10, 0]);
    await channel.close();
    t.doesNotThrow(() => moved?.fill(1), 'no crash');
  }
});

t.test('wrong arguments, wrong channels', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  const all = (view: Buffer) => view.length;
  for (const size of [0, -1, 1.5, NaN, 4097]) {
    t.throws(() => writer.tryReserve(size, all), { code: 'ERR_OUT_OF_RANGE' });
    await t.rejects(writer.reserve(size, all), { code: 'ERR_OUT_OF_RANGE' });
    await t.rejects(reader.peek(all, { min: size }), { code: 'ERR_OUT_OF_RANGE' });
  }
  const wrongType = { code: 'ERR_INVALID_ARG_TYPE' };
  t.throws(() => writer.tryReserve('1' as never, all), wrongType);
  t.throws(() => writer.tryReserve(1, undefined as never), wrongType);
  t.throws(() => reader.tryPeek(undefined as never), wrongType);
  await t.rejects(reader.peek(all, null as never), wrongType);
  t.throws(() => reader.tryReserve(1, all), { code: 'EBADF', syscall: 'write' });
  t.throws(() => writer.tryPeek(all), { code: 'EBADF', syscall: 'read' });

  const stream = createReadStream(uniqueName(t));
  t.teardown(() => stream.destroy());
  await new Promise<void>((resolve) => setImmediate(resolve));
  t.throws(() => stream.channel?.tryPeek(all), { code: 'ERR_INVALID_STATE' });
  await writer.close();
  t.throws(() => writer.tryReserve(1, all), { code: 'EBADF' });
});

t.test('zeroCopy: not where the ring cannot be shown', async (t) => {
  const fallbacks = (process.env.SMIPC_FALLBACK ?? '').split(',');
  const channel = openChannel(uniqueName(t), 'w');
  t.teardown(() => channel.close());
  t.equal(channel.zeroCopy, !fallbacks.includes('views'));
});
