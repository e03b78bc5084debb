// What the peer causes runs in the async context in which the channel was opened: not in that of the
// first channel of the process, with which it shares what wakes it, nor in that of whoever listens.
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

type Seen = Record<string, string[]>;

function observe(t: Test, fallback: string | undefined): Promise<unknown> {
  const child = spawnChild(
    t,
    async ({ smipc, until, args, send }) => {
      const { AsyncLocalStorage } = await import('node:async_hooks');
      const storage = new AsyncLocalStorage<string>();
      const seen: Seen = {};
      const note = (what: string) => () => {
        seen[what] ??= [];
        const store = storage.getStore() ?? 'none';
        if (!seen[what].includes(store)) seen[what].push(store);
      };
      let number = 0;
      const listen = (stream: NodeJS.EventEmitter, what: string, events: string[]) => {
        const name = `listener ${number++}`;
        storage.run(name, () => {
          for (const event of events) stream.on(event, note(`${what} '${event}'`));
        });
        return new Promise((resolve) => stream.on('close', resolve));
      };
      const { dir } = args;
      const small = { dir, capacity: 4096 };
      const chunk = Buffer.alloc(10_000);
      const opened = <T>(open: () => T): T => storage.run('opener', open);
      storage.run('first', () => void smipc.createReadStream('first', { dir }).resume());

      const flows = async () => {
        const reader = opened(() => smipc.createReadStream('flows', small));
        const writer = opened(() => smipc.createWriteStream('flows', small));
        // A part of it is in the ring before anybody listens.
        writer.write(chunk);
        const closed = Promise.all([
          listen(reader, 'reader', ['connect', 'data', 'end', 'close']),
          listen(writer, 'writer', ['connect', 'drain', 'finish', 'close']),
        ]);
        let bytes = 0;
        reader.on('data', (part: Buffer) => {
          bytes += part.length;
        });
        await until(() => bytes === chunk.length, 'the chunk');
        let isFull = false;
        writer.on('drain', () => {
          isFull = true;
        });
        storage.run('caller', () => void writer.write(Buffer.alloc(300_000)));
        await until(() => isFull, 'drain');
        storage.run('caller', () => void writer.end(chunk));
        await closed;
      };
      const readable = async () => {
        const reader = opened(() => smipc.createReadStream('readable', small));
        const writer = smipc.createWriteStream('readable', small);
        const closed = listen(reader, 'paused reader', ['readable', 'end', 'close']);
        reader.on('readable', () => {
          while (reader.read() !== null);
        });
        storage.run('caller', () => void writer.end(chunk));
        await closed;
      };
      const objects = async () => {
        const serializer = {
          serialize: (value: unknown) => Buffer.from(String(value)),
          deserialize: (bytes: Uint8Array) => {
            note('deserialize')();
            return bytes.length;
          },
        };
        const options = { ...small, objectMode: true, serializer };
        const reader = opened(() => smipc.createReadStream('objects', options));
        const writer = smipc.createWriteStream('objects', options);
        const closed = listen(reader, 'objects', ['data', 'end']);
        for (let i = 0; i < 3000; i++) writer.write(`value ${i}`);
        writer.end();
        await closed;
      };
      const onread = async () => {
        const callback = note('onread');
        const options = { ...small, onread: { buffer: Buffer.alloc(999), callback } };
        const reader = opened(() => smipc.createReadStream('onread', options));
        const writer = smipc.createWriteStream('onread', small);
        const closed = listen(reader, 'onread', ['end', 'close']);
        storage.run('caller', () => void reader.pause().resume());
        writer.end(chunk);
        await closed;
      };
      const losses = async () => {
        for (const leaving of ['reader', 'writer'] as const) {
          const streams = {
            reader: opened(() => smipc.createReadStream('lost', { dir })).resume(),
            writer: opened(() => smipc.createWriteStream('lost', { dir })),
          };
          const closed = Promise.all([
            listen(streams.reader, `${leaving} left: reader`, ['error', 'close']),
            listen(streams.writer, `${leaving} left: writer`, ['error', 'close']),
          ]);
          await Promise.all([streams.reader.waitForPeer(), streams.writer.waitForPeer()]);
          storage.run('caller', () => void streams[leaving].destroy(new Error('left')));
          await closed;
        }
      };
      const waits = async () => {
        const holder = smipc.openChannel('waits', 'r', { dir });
        const reader = opened(() => smipc.createReadStream('waits', { dir, wait: true }));
        const closed = listen(reader, 'waiting reader', ['connect', 'data', 'end', 'close']);
        await storage.run('caller', () => holder.close());
        await until(() => reader.channel, 'the role');
        smipc.createWriteStream('waits', { dir }).end(chunk);
        await closed;
      };
      const resumes = async () => {
        const options = { dir, resume: true };
        const writer = opened(() => smipc.createWriteStream('resumes', options));
        void listen(writer, 'resuming', ['resumed', 'connect']);
        const resumed = new Promise((resolve) => writer.on('resumed', resolve));
        const first = smipc.openChannel('resumes', 'r', options);
        await writer.waitForPeer();
        await storage.run('caller', () => first.close());
        smipc.openChannel('resumes', 'r', options);
        await resumed;
      };
      const givesUp = async () => {
        const options = { dir, resume: true, resumeTimeout: 1 };
        const writer = opened(() => smipc.createWriteStream('gives up', options));
        const closed = listen(writer, 'giving up', ['error', 'close']);
        const reader = smipc.openChannel('gives up', 'r', options);
        await storage.run('caller', () => reader.close());
        await closed;
      };
      await flows();
      await readable();
      await objects();
      await onread();
      await losses();
      await waits();
      await resumes();
      await givesUp();
      await send(seen);
      process.exit();
    },
    { dir: uniqueDirectory(t) },
    { env: fallback === undefined ? {} : { SMIPC_FALLBACK: fallback } },
  );
  return child.message();
}

for (const fallback of [undefined, 'bells', 'waits,bells']) {
  t.test(`fallback: ${fallback}`, async (t) => {
    const seen = (await observe(t, fallback)) as Seen;
    t.equal(Object.keys(seen).length, 33);
    for (const [what, stores] of Object.entries(seen)) t.strictSame(stores, ['opener'], what);
  });
}
