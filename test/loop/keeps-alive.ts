// A channel from which something is expected keeps its process alive until it comes. In each process
// here nothing else does: the timer that makes it come is unref'ed, and would never fire if the loop
// ran empty before.
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { type ChildContext, spawnChild } from '../fixtures/processes/child.js';

interface Args {
  name: string;
  other: string;
}

type Body = (context: ChildContext<Args>) => unknown;

// Each prints 'come' when what is expected has come; then nothing is expected any more.
const bodies: Record<string, Body> = {
  'a flowing reader': ({ smipc, args }) => {
    const writer = smipc.createWriteStream(args.name);
    smipc.createReadStream(args.name).on('data', () => console.log('come'));
    setTimeout(() => writer.end('x'), 50).unref();
  },
  'a reader that was paused and resumed': ({ smipc, args }) => {
    const writer = smipc.createWriteStream(args.name);
    const reader = smipc.createReadStream(args.name).on('data', () => console.log('come'));
    reader.pause();
    setImmediate(() => reader.resume());
    setTimeout(() => writer.end('x'), 50).unref();
  },
  "a reader that was unref'ed and ref'ed": ({ smipc, args }) => {
    const writer = smipc.createWriteStream(args.name);
    smipc
      .createReadStream(args.name)
      .unref()
      .on('data', () => console.log('come'))
      .ref();
    setTimeout(() => writer.end('x'), 50).unref();
  },
  "a 'readable' listener": ({ smipc, args }) => {
    const writer = smipc.createWriteStream(args.name);
    const reader = smipc.createReadStream(args.name);
    reader.on('readable', () => reader.read() && console.log('come'));
    setTimeout(() => writer.end('x'), 50).unref();
  },
  "a 'readable' listener that comes after a read": ({ smipc, args }) => {
    const writer = smipc.createWriteStream(args.name);
    const reader = smipc.createReadStream(args.name);
    reader.read();
    reader.on('readable', () => reader.read() && console.log('come'));
    setTimeout(() => writer.end('x'), 50).unref();
  },
  'for await': async ({ smipc, args }) => {
    const writer = smipc.createWriteStream(args.name);
    setTimeout(() => writer.end('x'), 50).unref();
    for await (const _ of smipc.createReadStream(args.name)) console.log('come');
  },
  'messages: for await': async ({ smipc, args }) => {
    const writer = smipc.createWriteStream(args.name, { objectMode: true });
    setTimeout(() => writer.end({ x: 1 }), 50).unref();
    const reader = smipc.createReadStream(args.name, { objectMode: true });
    for await (const _ of reader) console.log('come');
  },
  'pipe()': ({ smipc, args }) => {
    const writer = smipc.createWriteStream(args.name);
    smipc.createReadStream(args.name).pipe(smipc.createWriteStream(args.other));
    smipc.createReadStream(args.other).on('data', () => console.log('come'));
    setTimeout(() => writer.end('x'), 50).unref();
  },
  'a write that waits for space': ({ smipc, args }) => {
    const writer = smipc.createWriteStream(args.name, { capacity: 4096 });
    const reader = smipc.createReadStream(args.name, { highWaterMark: 1000 });
    writer.write(Buffer.alloc(9000), () => console.log('come'));
    setTimeout(() => reader.on('data', () => {}).unref(), 50).unref();
  },
  'end() with a full ring': ({ smipc, args }) => {
    const writer = smipc.createWriteStream(args.name, { capacity: 4096 });
    const reader = smipc.createReadStream(args.name, { highWaterMark: 1000 });
    writer.end(Buffer.alloc(9000)).on('close', () => console.log('come'));
    setTimeout(() => reader.on('data', () => {}).unref(), 50).unref();
  },
  'waitForPeer()': async ({ smipc, args }) => {
    const reader = smipc.createReadStream(args.name);
    setTimeout(() => smipc.createWriteStream(args.name), 50).unref();
    await reader.waitForPeer();
    console.log('come');
  },
  'drained()': async ({ smipc, args }) => {
    const writer = smipc.createWriteStream(args.name);
    const reader = smipc.createReadStream(args.name);
    writer.write('x');
    setTimeout(() => reader.unref().resume(), 50).unref();
    await writer.drained();
    console.log('come');
  },
  'drained() after end()': async ({ smipc, args }) => {
    const writer = smipc.createWriteStream(args.name);
    const reader = smipc.createReadStream(args.name);
    writer.end('x');
    setTimeout(() => reader.unref().resume(), 50).unref();
    await writer.drained();
    console.log('come');
  },
  onread: ({ smipc, args }) => {
    const writer = smipc.createWriteStream(args.name);
    const onread = { buffer: Buffer.alloc(10), callback: () => console.log('come') };
    smipc.createReadStream(args.name, { onread });
    setTimeout(() => writer.end('x'), 50).unref();
  },
  'Channel: peek()': async ({ smipc, args }) => {
    const writer = smipc.openChannel(args.name, 'w');
    setTimeout(() => writer.tryWrite(Buffer.alloc(2)), 50).unref();
    await smipc.openChannel(args.name, 'r').peek((view) => view.length, { min: 2 });
    console.log('come');
  },
  'Channel: reserve()': async ({ smipc, args }) => {
    const writer = smipc.openChannel(args.name, 'w', { capacity: 4096 });
    const reader = smipc.openChannel(args.name, 'r');
    writer.tryWrite(Buffer.alloc(4096));
    setTimeout(() => reader.tryRead(Buffer.alloc(4096)), 50).unref();
    await writer.reserve(4096, (view) => view.length);
    console.log('come');
  },
  'Channel: read()': async ({ smipc, args }) => {
    const writer = smipc.openChannel(args.name, 'w');
    setTimeout(() => writer.tryWrite(Buffer.alloc(2)), 50).unref();
    await smipc.openChannel(args.name, 'r').read(Buffer.alloc(2), { min: 2 });
    console.log('come');
  },
  'Channel: write()': async ({ smipc, args }) => {
    const writer = smipc.openChannel(args.name, 'w', { capacity: 4096 });
    const reader = smipc.openChannel(args.name, 'r');
    setTimeout(() => reader.tryRead(Buffer.alloc(4096)), 50).unref();
    await writer.write(Buffer.alloc(5000));
    console.log('come');
  },
  'Channel: waitForPeer()': async ({ smipc, args }) => {
    const writer = smipc.openChannel(args.name, 'w');
    setTimeout(() => smipc.openChannel(args.name, 'r'), 50).unref();
    await writer.waitForPeer();
    console.log('come');
  },
  'waiting for a role': async ({ smipc, args }) => {
    const holder = smipc.openChannel(args.name, 'w');
    setTimeout(() => void holder.close(), 50).unref();
    await smipc.openChannel(args.name, 'w', { wait: true });
    console.log('come');
  },
  'a stream that waits for its role': ({ smipc, args }) => {
    const holder = smipc.openChannel(args.name, 'w');
    setTimeout(() => void holder.close(), 50).unref();
    smipc.createWriteStream(args.name, { wait: true }).write('x', () => console.log('come'));
  },
  'close()': async ({ smipc, args }) => {
    await smipc.openChannel(args.name, 'w').unref().close();
    console.log('come');
  },
  "'close' after destroy()": ({ smipc, args }) => {
    smipc
      .createReadStream(args.name)
      .unref()
      .on('close', () => console.log('come'))
      .destroy();
  },
};

for (const [what, body] of Object.entries(bodies)) {
  t.test(what, async (t) => {
    const args = { name: uniqueName(t), other: uniqueName(t) };
    const child = spawnChild(t, body, args, { ipc: false });
    t.match(await child.exit, { code: 0, signal: null, stdout: 'come\n', stderr: '' });
  });
}
