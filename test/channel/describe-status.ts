// describeStatus() says in words how a channel is, and what is waited for.
import { once } from 'node:events';
import { type ChannelStatus, describeStatus, inspect, openChannel } from 'smipc';
import net from 'smipc/net';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { uniqueName } from '../fixtures/channels/names.js';

const { pid } = process;

t.test('all of it', async (t) => {
  const dir = uniqueDirectory(t);
  const writer = openChannel('jobs', 'w', { dir, capacity: 4096 });
  const writing = writer.write(Buffer.alloc(5000)).catch(() => {});
  t.equal(
    describeStatus(inspect('jobs', { dir })),
    [
      `jobs in ${dir}: bytes`,
      '  ring    4096 of 4096 bytes used (100 %); 4096 written, 0 read',
      `  writer  is there (pid ${pid}), sleeps`,
      '  reader  has not come yet',
      '  The writer waits for space: the ring is full, and no reader has come yet.',
    ].join('\n'),
  );
  await writer.close();
  await writing;
});

type Ends = Partial<Pick<ChannelStatus, 'used' | 'resumable' | 'bytesWritten'>> & {
  writer: ChannelStatus['writer'];
  reader: ChannelStatus['reader'];
};

const status = ({ used = 0, bytesWritten = used, ...rest }: Ends): ChannelStatus => ({
  name: 'made-up',
  directory: '/dev/shm/made-up',
  mode: null,
  capacity: 4096,
  framing: 'objects',
  resumable: false,
  bytesWritten,
  bytesRead: bytesWritten - used,
  used,
  ...rest,
});

const awake = (pid: number) => ({ state: 'open' as const, wakeUps: 0, pid, sleeping: false });
const asleep = (pid: number) => ({ state: 'open' as const, wakeUps: 0, pid, sleeping: true });
const absent = { state: 'absent' as const, wakeUps: 0 };
const died = { state: 'died' as const, wakeUps: 0, pid: 3 };
const ended = { state: 'ended' as const, wakeUps: 0, pid: 1 };

/** Each: a state, and how the sentence about it begins. */
const situations: [Ends, string][] = [
  [
    { used: 4096, writer: asleep(1), reader: awake(2) },
    'The writer waits for space: the ring is full, and the reader (pid 2) does not read',
  ],
  [{ used: 9, writer: asleep(1), reader: awake(2) }, 'The writer waits for more space'],
  [{ used: 9, writer: asleep(1), reader: asleep(2) }, 'The writer waits for more space'],
  [{ used: 9, writer: awake(1), reader: awake(2) }, 'There are 9 bytes to read, and the reader'],
  [{ writer: awake(1), reader: awake(2) }, 'Nobody waits'],
  [{ writer: awake(1), reader: asleep(2) }, 'The reader waits for bytes: the writer (pid 1)'],
  [{ used: 9, writer: awake(1), reader: asleep(2) }, 'The reader waits for more bytes'],
  [{ used: 9, writer: awake(1), reader: absent }, 'The writer need not wait, but no reader'],
  [{ writer: awake(1), reader: died }, 'The reader has gone: writing fails with EPIPE'],
  [
    { resumable: true, writer: awake(1), reader: died },
    'The writer need not wait, but the next reader has not come yet',
  ],
  [{ writer: absent, reader: asleep(2) }, 'The reader waits: no writer has come yet'],
  [{ writer: absent, reader: awake(2) }, 'The reader does not ask for bytes at the moment, and no'],
  [{ used: 9, writer: died, reader: awake(2) }, 'The writer has gone. There are 9 bytes left'],
  [{ writer: ended, reader: awake(2) }, 'The writer has ended, and everything is read'],
  [{ writer: died, reader: asleep(2) }, 'The writer has gone without end()'],
  [
    { resumable: true, writer: died, reader: asleep(2) },
    'The reader waits: the next writer has not come yet',
  ],
  [{ used: 9, writer: ended, reader: absent }, 'Nobody is there; 9 bytes wait for a reader'],
  [{ writer: ended, reader: absent }, 'Nobody is there; the end of an empty stream waits'],
  [{ used: 9, writer: ended, reader: died }, 'Nobody is there, and nothing can be read any more'],
  [{ writer: absent, reader: died }, 'Nobody is there, and nothing can be read any more'],
  [
    { resumable: true, bytesWritten: 9, writer: died, reader: died },
    'Nobody is there; everything is read. The next owners go on from here',
  ],
  [
    { resumable: true, used: 9, bytesWritten: 9, writer: ended, reader: died },
    'Nobody is there; 9 bytes wait for a reader. The stream has ended',
  ],
  [{ resumable: true, writer: ended, reader: ended }, 'Nobody is there, and the stream is over'],
];

t.test('what is waited for', (t) => {
  for (const [ends, beginning] of situations) {
    const last = describeStatus(status(ends)).split('\n').at(-1)?.trim() ?? '';
    t.equal(last.slice(0, beginning.length), beginning);
    t.ok(last.endsWith('.'));
  }
  t.end();
});

t.test('messages and takeovers', (t) => {
  const ends = { used: 30, bytesWritten: 40, writer: { ...awake(1), takeovers: 2 }, reader: died };
  const counted = { ...status({ ...ends, resumable: true }), messagesWritten: 4, messagesRead: 3 };
  const [first, ring, writer, reader] = describeStatus(counted).split('\n');
  t.equal(first, 'made-up in /dev/shm/made-up: objects, resumable');
  t.equal(
    ring?.trim(),
    'ring    30 of 4096 bytes used (0 %), 1 message; 40 in 4 messages written, 10 in 3 messages read',
  );
  t.equal(writer?.trim(), 'writer  is there (pid 1), awake, took over (2 takeovers so far)');
  t.equal(reader?.trim(), 'reader  was killed, or crashed (pid 3)');
  t.end();
});

t.test('in the middle of a message', async (t) => {
  const dir = uniqueDirectory(t);
  const options = { dir, framing: 'messages' } as const;
  const writer = openChannel('jobs', 'w', options);
  const reader = openChannel('jobs', 'r', options);
  const header = Buffer.from([8, 0, 0, 0]);
  const ends = () => {
    const { writer, reader } = inspect('jobs', { dir });
    return [writer.withinMessage, reader.withinMessage];
  };
  // A whole one and the beginning of the next, in one piece.
  writer.writeSync(Buffer.concat([header, Buffer.alloc(8), header]));
  t.strictSame(ends(), [true, undefined]);
  reader.readSync(Buffer.alloc(12), { min: 12 });
  t.strictSame(ends(), [true, undefined], 'between the two');
  reader.readSync(Buffer.alloc(4), { min: 4 });
  t.strictSame(ends(), [true, true]);
  const rest = reader.read(Buffer.alloc(8), { min: 8 });
  const text = describeStatus(inspect('jobs', { dir }));
  t.match(text, /reader {2}is there \(pid \d+\), sleeps, is in the middle of a message/);
  t.match(
    text,
    /The reader waits for the rest of a message: the writer \(pid \d+\) writes none\.$/,
  );
  writer.writeSync(Buffer.alloc(8));
  await rest;
  t.strictSame(ends(), [undefined, undefined]);
  await Promise.all([writer.close(), reader.close()]);
});

t.test('of a server, who listens', async (t) => {
  const name = uniqueName(t);
  const server = net.createServer();
  await once(server.listen(name), 'listening');
  const [head, line, ...rest] = describeStatus(inspect(name)).split('\n');
  t.match(head, /: connections$/);
  t.equal(line, `  server  listens (pid ${pid})`);
  t.strictSame(rest, []);
  server.close();
});
