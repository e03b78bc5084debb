// Positions that no honest peer writes are found, before a channel is entered and while it is in use,
// and no byte is moved because of them.
import { join } from 'node:path';
import { createReadStream, createWriteStream, inspect, openChannel } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { leaveStream, offsets, patch } from '../fixtures/channels/segment.js';

const name = 'name';
const capacity = 4096;
const error = { name: 'SmipcError', code: 'ERR_SMIPC_CORRUPT', channel: name };
/** Seen by somebody who has written and read 100 bytes. */
const badHeads = [0n, 99n, 100n + 4097n, 2n ** 63n, 2n ** 64n - 1n];
const badTails = [101n, 2n ** 63n, 2n ** 64n - 1n];

t.test('on entering', async (t) => {
  for (const [offset, value] of [
    [offsets.head, 4097n],
    [offsets.head, 2n ** 64n - 1n],
    [offsets.tail, 101n],
    [offsets.tail, 2n ** 64n - 1n],
  ] as const) {
    const dir = uniqueDirectory(t);
    const path = await leaveStream(dir, name, Buffer.alloc(100));
    patch(path, offset, value);
    t.throws(() => openChannel(name, 'r', { dir }), { ...error, syscall: 'open' });
    t.throws(() => inspect(name, { dir }), { ...error, syscall: 'inspect' });
  }
});

for (const [what, offset, values] of [
  ['head', offsets.head, badHeads],
  ['tail', offsets.tail, badTails],
] as const) {
  for (const value of values) {
    t.test(`${what} becomes ${value}`, async (t) => {
      const dir = uniqueDirectory(t);
      const writer = openChannel(name, 'w', { dir, capacity });
      const reader = openChannel(name, 'r', { dir });
      await writer.write(Buffer.alloc(100, 'x'));
      await reader.read(Buffer.alloc(100), { min: 100 });
      patch(join(dir, name), offset, value);

      t.throws(() => writer.status(), { ...error, syscall: 'inspect' });
      if (what === 'head') {
        const target = Buffer.alloc(2 * capacity);
        t.throws(() => reader.tryRead(target), { ...error, syscall: 'read' });
        t.throws(() => reader.readSync(target), error);
        await t.rejects(reader.read(target), error);
        t.equal(reader.position, 100);
        t.ok(target.every((byte) => byte === 0));
      } else {
        const source = Buffer.alloc(2 * capacity);
        t.throws(() => writer.tryWrite(source), { ...error, syscall: 'write' });
        t.throws(() => writer.writeSync(source), error);
        await t.rejects(writer.write(source), error);
        await t.rejects(writer.drained(), error);
        t.equal(writer.position, 100);
      }
      await Promise.all([writer.close(), reader.close()]);
    });
  }
}

t.test('streams are destroyed', async (t) => {
  const dir = uniqueDirectory(t);
  const writer = createWriteStream(name, { dir, capacity });
  const reader = createReadStream(name, { dir });
  const failed = (stream: NodeJS.EventEmitter) =>
    new Promise((resolve) => stream.once('error', resolve));
  const failures = Promise.all([failed(writer), failed(reader)]);
  patch(join(dir, name), offsets.head, 2n ** 63n);
  patch(join(dir, name), offsets.tail, 2n ** 62n);
  writer.write(Buffer.alloc(2 * capacity));
  reader.resume();
  const [ofWriter] = await failures;
  t.match(ofWriter, error);
  t.ok(writer.destroyed && reader.destroyed);
});

t.test('the capacity in the header is not looked at again', async (t) => {
  const dir = uniqueDirectory(t);
  const writer = openChannel(name, 'w', { dir, capacity });
  const reader = openChannel(name, 'r', { dir });
  patch(join(dir, name), offsets.capacity, 2n ** 40n);
  t.equal(writer.tryWrite(Buffer.alloc(2 * capacity)), capacity);
  t.equal(reader.tryRead(Buffer.alloc(2 * capacity)), capacity);
  await Promise.all([writer.close(), reader.close()]);
});
