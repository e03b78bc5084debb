// A channel from which nothing is expected does not keep its process alive, and neither does one
// that is unref'ed, whatever it waits for. The opposite ends stay open in the test meanwhile.
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { type ChildContext, spawnChild } from '../fixtures/processes/child.js';
import { until } from '../fixtures/timing/until.js';

interface Args {
  /** The test holds the writer's end of `in` and the reader's end of `out`; `alone` is nobody's. */
  names: { in: string; out: string; alone: string };
}

type Body = (context: ChildContext<Args>) => unknown;

const bodies: Record<string, Body> = {
  'an idle writer': ({ smipc, args }) => {
    smipc.createWriteStream(args.names.out);
  },
  'a writer whose bytes have fitted': ({ smipc, args }) => {
    smipc.createWriteStream(args.names.out).write('a few bytes');
  },
  'a reader that nobody consumes': ({ smipc, args }) => {
    smipc.createReadStream(args.names.in);
  },
  'a paused reader': ({ smipc, args }) => {
    smipc
      .createReadStream(args.names.in)
      .on('data', () => {})
      .pause();
  },
  'a reader that pauses at its first chunk': ({ smipc, args }) => {
    const stream = smipc.createReadStream(args.names.in);
    stream.on('data', () => stream.pause());
  },
  'onread, paused': ({ smipc, args }) => {
    const onread = { buffer: Buffer.alloc(10), callback: () => false };
    smipc.createReadStream(args.names.in, { onread });
    smipc.createReadStream(args.names.alone, { onread }).pause();
  },
  "a reader without its 'readable' listener": ({ smipc, args }) => {
    const stream = smipc.createReadStream(args.names.in);
    const read = () => {
      stream.read();
      stream.off('readable', read);
    };
    stream.on('readable', read);
  },
  'idle channels': ({ smipc, args }) => {
    smipc.openChannel(args.names.in, 'r');
    smipc.openChannel(args.names.out, 'w').tryWrite(Buffer.alloc(10));
  },
  "an unref'ed flowing reader": ({ smipc, args }) => {
    smipc.createReadStream(args.names.alone).unref().resume();
  },
  "a reader that is unref'ed in its handler": ({ smipc, args }) => {
    const stream = smipc.createReadStream(args.names.in);
    stream.on('data', () => stream.unref());
  },
  "an unref'ed for await": ({ smipc, args }) => {
    const read = async () => {
      for await (const _ of smipc.createReadStream(args.names.in).unref());
    };
    void read();
  },
  "an unref'ed write that waits for space": ({ smipc, args }) => {
    smipc.createWriteStream(args.names.out).unref().write(Buffer.alloc(10_000));
  },
  "an unref'ed end() with a full ring": ({ smipc, args }) => {
    smipc.createWriteStream(args.names.out).unref().end(Buffer.alloc(10_000));
  },
  "unref'ed waitForPeer() and drained()": ({ smipc, args }) => {
    const alone = smipc.createReadStream(args.names.alone).unref();
    const out = smipc.createWriteStream(args.names.out).unref();
    out.write('a few bytes');
    void alone.waitForPeer();
    void out.drained();
  },
  "unref'ed channels that wait": ({ smipc, args }) => {
    void smipc.openChannel(args.names.alone, 'r').unref().read(Buffer.alloc(1));
    void smipc.openChannel(args.names.out, 'w').unref().write(Buffer.alloc(10_000));
  },
  "unref'ed channels that wait with a time limit": ({ smipc, args }) => {
    const limit = { timeout: 600_000 };
    void smipc.openChannel(args.names.alone, 'r').unref().waitForPeer(limit);
    void smipc.openChannel(args.names.out, 'w').unref().write(Buffer.alloc(10_000), limit);
  },
  "an unref'ed stream that waits for its role": ({ smipc, args }) => {
    smipc.createReadStream(args.names.out, { wait: true }).unref().resume();
    smipc.createWriteStream(args.names.in, { wait: true }).unref().write('later');
  },
  'a reader and a writer that are done': ({ smipc, args }) => {
    smipc.createReadStream(args.names.in).once('data', function (this: { destroy(): void }) {
      this.destroy();
    });
    smipc.createWriteStream(args.names.out).end('a few bytes');
  },
};

for (const [what, body] of Object.entries(bodies)) {
  t.test(what, async (t) => {
    const names = { in: uniqueName(t), out: uniqueName(t), alone: uniqueName(t) };
    const writer = openChannel(names.in, 'w', { capacity: 4096 });
    const reader = openChannel(names.out, 'r', { capacity: 4096 });
    t.teardown(() => Promise.all([writer.close(), reader.close()]));
    writer.tryWrite(Buffer.alloc(10));
    const child = spawnChild(t, body, { names }, { ipc: false });
    let isGone = false;
    void child.exit.then(() => (isGone = true));
    await until(() => isGone, 'the process to exit');
    t.match(await child.exit, { code: 0, signal: null, stdout: '', stderr: '' });
  });
}
