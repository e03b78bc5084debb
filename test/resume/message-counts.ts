// Messages are counted at both ends, beside the position: how many are in, how many are out.
import { once } from 'node:events';
import { createReadStream, createWriteStream, inspect, openChannel, type Takeover } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { streamPair } from '../fixtures/channels/pair.js';
import { until } from '../fixtures/timing/until.js';

t.test('a new writer learns how many its predecessors got in', async (t) => {
  const name = uniqueName(t);
  const options = { resume: true, objectMode: true, capacity: 4096 } as const;
  const jobs = Array.from({ length: 5000 }, (_, job) => ({ job }));
  const reader = createReadStream<{ job: number }>(name, options);
  const seen: number[] = [];
  reader.on('data', ({ job }) => seen.push(job));
  const takeovers: Takeover[] = [];
  reader.on('resumed', (takeover) => takeovers.push(takeover));
  for (let round = 0; ; round++) {
    const writer = createWriteStream<{ job: number }>(name, { ...options, wait: true });
    const from = writer.channel?.messages as number;
    for (const job of jobs.slice(from)) writer.write(job);
    if (round === 3) {
      writer.end();
      break;
    }
    // Somewhere in the middle; what queues in JavaScript is dropped.
    await until(() => (writer.channel?.messages as number) > from + 100, 'some to get in');
    writer.destroy();
    await once(writer, 'close');
    t.equal(writer.channel?.messages, inspect(name).messagesWritten);
  }
  await once(reader, 'end');
  t.strictSame(
    seen,
    jobs.map(({ job }) => job),
  );
  t.equal(takeovers.length, 3);
  t.equal(reader.channel?.messages, jobs.length);
});

t.test('messages larger than the ring count once they are whole', async (t) => {
  const options = { messages: true, capacity: 4096 };
  const { name, writer, reader } = streamPair(t, options, options);
  writer.write(Buffer.alloc(10));
  writer.write(Buffer.alloc(9000));
  t.match(inspect(name), { messagesWritten: 1, messagesRead: 0 });
  await once(reader, 'data');
  await once(reader, 'data');
  t.match(inspect(name), { messagesWritten: 2, messagesRead: 2 });
  t.equal(reader.channel?.messages, 2);
  t.equal(writer.channel?.messages, 2);
});

t.test('with `acknowledge`: those that are done with', async (t) => {
  const name = uniqueName(t);
  const options = { resume: true, objectMode: true };
  const writer = createWriteStream(name, options);
  for (const value of [1, 2, 3]) writer.write(value);
  writer.end();
  const reader = createReadStream(name, { ...options, acknowledge: true });
  for await (const value of reader) {
    t.equal(reader.channel?.messages, (value as number) - 1);
    t.match(inspect(name), { messagesWritten: 3, messagesRead: (value as number) - 1 });
  }
  t.equal(reader.channel?.messages, 3, 'after it was closed, too');
});

t.test('bytes are not counted', async (t) => {
  const name = uniqueName(t);
  const writer = openChannel(name, 'w');
  t.teardown(() => writer.close());
  writer.tryWrite(Buffer.alloc(100));
  t.equal(writer.messages, 0);
  t.notOk('messagesWritten' in inspect(name));
  t.notOk('messagesRead' in writer.status());
});
