// The end of a resumable stream is seen by the reader that reads to it, however many owners there were,
// and until then the stream stays.
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { createReadStream, createWriteStream, inspect, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';

const resume = { resume: true, capacity: 4096 };

t.test('a reader that leaves before the end leaves it to the next', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, resume);
  writer.end('last words');
  await once(writer, 'close');
  const first = createReadStream(name, { ...resume, highWaterMark: 4 });
  await once(first, 'readable');
  t.equal(String(first.read(4)), 'last');
  first.destroy();
  await once(first, 'close');
  t.match(inspect(name), { writer: { state: 'ended' }, reader: { state: 'closed' } });
  // What the first had read ahead is gone with it: see `acknowledge` for messages.
  const rest = 'last words'.slice(first.bytesRead);
  t.equal(await text(createReadStream(name, resume)), rest);
  t.throws(() => inspect(name), { code: 'ENOENT' });
});

t.test('a reader that has read it all but has not come to the end', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, resume);
  const first = createReadStream(name, resume);
  writer.write('all');
  await once(first, 'data');
  first.destroy();
  await once(first, 'close');
  writer.end();
  await once(writer, 'close');
  const second = createReadStream(name, resume);
  second.resume();
  await once(second, 'end');
  t.throws(() => inspect(name), { code: 'ENOENT' });
});

t.test('no writer comes before the end is read, and then it is a new stream', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, resume);
  writer.end('old');
  await once(writer, 'close');
  const [tooEarly] = await once(createWriteStream(name, resume), 'error');
  t.match(tooEarly, { code: 'EBUSY' });
  const waiting = createWriteStream(name, { ...resume, wait: true });
  const isWritten = once(waiting, 'close');
  waiting.end('new');
  t.equal(await text(createReadStream(name, resume)), 'old');
  await isWritten;
  const reader = createReadStream(name, resume);
  t.equal(reader.channel?.position, 0);
  t.equal(await text(reader), 'new');
});

t.test('the role is free at once after a reader has left', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, resume);
  t.teardown(() => writer.destroy());
  writer.write('x'.repeat(100));
  for (let i = 0; i < 100; i++) {
    const reader = openChannel(name, 'r', resume);
    t.equal(reader.position, i);
    t.equal(reader.tryRead(Buffer.alloc(1)), 1);
    // Nobody waits until it is unmapped.
    void reader.close();
  }
});
