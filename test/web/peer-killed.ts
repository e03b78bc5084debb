// The process at the other end is killed: the stream at this end errors, at whatever it was doing.
import { openReadableStream, openWritableStream } from 'smipc/web';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { until } from '../fixtures/timing/until.js';

t.test('the writer', async (t) => {
  const name = uniqueName(t);
  const child = spawnChild(
    t,
    async ({ web, args, send, receive }) => {
      await web.openWritableStream(args.name).getWriter().write(Buffer.from('last words'));
      await send('written');
      await receive();
    },
    { name },
  );
  t.equal(await child.message(), 'written');
  const reader = openReadableStream(name).getReader();
  t.equal(Buffer.from((await reader.read()).value ?? []).toString(), 'last words');
  const read = reader.read();
  child.kill();
  const error = { name: 'SmipcError', code: 'ECONNRESET', peer: 'died', syscall: 'read' };
  await t.rejects(read, error);
  await t.rejects(reader.closed, error);
});

for (const what of ['idle', 'waiting for space']) {
  t.test(`the reader, the writer ${what}`, async (t) => {
    const name = uniqueName(t);
    const child = spawnChild(
      t,
      async ({ web, args, send, receive }) => {
        await web.openReadableStream(args.name).getReader().read();
        await send('read');
        await receive();
      },
      { name },
    );
    const writer = openWritableStream(name, { capacity: 4096 }).getWriter();
    let closed: unknown;
    writer.closed.catch((reason) => {
      closed = reason;
    });
    const write = writer.write(Buffer.alloc(what === 'idle' ? 1 : 70_000));
    const writeFailed = what === 'idle' ? write : t.rejects(write, { code: 'EPIPE', peer: 'died' });
    t.equal(await child.message(), 'read');
    child.kill();
    await until(() => closed, 'the writer is told');
    await writeFailed;
    t.match(closed, { name: 'SmipcError', code: 'EPIPE', peer: 'died', syscall: 'write' });
  });
}
