// 'finish' means that everything is in the ring; drained() settles when the reader has taken it.
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { createReadStream, createWriteStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { streamPair } from '../fixtures/channels/pair.js';
import { someTurns } from '../fixtures/timing/turns.js';

t.test("'finish' does not wait for the reader", async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name);
  writer.end('unread');
  await once(writer, 'finish');
  t.equal(await text(createReadStream(name)), 'unread');
});

for (const when of ['before end()', 'after end()'] as const) {
  t.test(`drained() ${when}`, async (t) => {
    const { writer, reader } = streamPair(t, { capacity: 4096 });
    let isDrained = false;
    writer.write(Buffer.alloc(10_000));
    if (when === 'after end()') writer.end();
    const drained = writer.drained().then(() => {
      isDrained = true;
    });
    await someTurns();
    t.equal(isDrained, false);
    reader.resume();
    await drained;
    t.equal(reader.bytesRead, 10_000);
    writer.end();
    await finished(reader);
  });
}

t.test('end(); await drained()', async (t) => {
  const { writer, reader } = streamPair(t);
  writer.end('x');
  setImmediate(() => reader.resume());
  await writer.drained();
  t.equal(reader.bytesRead, 1);
});

t.test('with nothing written it settles at once, and again after each write', async (t) => {
  const { writer, reader } = streamPair(t);
  reader.resume();
  await writer.drained();
  for (let i = 1; i <= 100; i++) {
    writer.write('ab');
    await writer.drained();
    t.equal(reader.bytesRead, 2 * i);
  }
});

t.test('a reader that leaves with bytes unread', async (t) => {
  const { writer, reader } = streamPair(t);
  writer.on('error', () => {});
  writer.write('unread');
  const drained = writer.drained();
  reader.destroy();
  await t.rejects(drained, { code: 'EPIPE', peer: 'closed' });
});

t.test('destroy() while it waits', async (t) => {
  const { writer } = streamPair(t);
  writer.write('unread');
  const drained = writer.drained();
  writer.destroy();
  await t.rejects(drained, { code: 'EBADF' });
});

t.test('signal and timeout', async (t) => {
  const { writer } = streamPair(t);
  writer.write('unread');
  const start = performance.now();
  await t.rejects(writer.drained({ timeout: 30 }), { code: 'ETIMEDOUT', syscall: 'wait' });
  t.ok(performance.now() - start >= 29);
  const abort = new AbortController();
  const drained = writer.drained({ signal: abort.signal });
  abort.abort('enough');
  await t.rejects(drained, { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' });
  await t.rejects(writer.drained({ signal: abort.signal }), { code: 'ABORT_ERR' });
});
