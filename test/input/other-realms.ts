// Bytes, options, functions and signals of another realm (node:vm, as Jest and jsdom have them) are taken
// wherever those of this one are: `instanceof` says nothing about them.
import { once } from 'node:events';
import { runInNewContext } from 'node:vm';
import {
  createReadStream,
  createWriteStream,
  type OnReadOptions,
  openChannel,
  type Serializer,
  type WaitOptions,
} from 'smipc';
import { openReadableStream, openWritableStream } from 'smipc/web';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openPair, streamPair } from '../fixtures/channels/pair.js';
import { webPair } from '../fixtures/channels/web-pair.js';

const foreign = <T>(code: string): T => runInNewContext(code) as T;
const kViews = [
  'new Uint8Array([1, 2, 3, 4])',
  'new Uint16Array(new Uint8Array([1, 2, 3, 4]).buffer)',
  'new DataView(new Uint8Array([1, 2, 3, 4]).buffer)',
  '[1, 2, 3, 4].reduce((v, x, i) => (v[i] = x, v), new Uint8Array(new SharedArrayBuffer(4)))',
];
const bytes = () => foreign<Uint8Array>('new Uint8Array([1, 2, 3, 4])');
const expected = Buffer.from([1, 2, 3, 4]);

t.notOk(bytes() instanceof Uint8Array, 'it is another realm');

for (const code of kViews) {
  t.test(`a channel: ${code}`, async (t) => {
    const { writer, reader } = openPair(t);
    const view = () => foreign<ArrayBufferView>(code);
    await writer.write(view());
    writer.writeSync(view());
    t.equal(writer.tryWrite(view()), 4);
    const empty = () => {
      const target = view();
      new Uint8Array(target.buffer).fill(0);
      return target;
    };
    const [first, second, third] = [empty(), empty(), empty()];
    t.equal(await reader.read(first), 4);
    t.equal(reader.readSync(second), 4);
    t.equal(reader.tryRead(third), 4);
    for (const { buffer } of [first, second, third]) {
      t.ok(expected.equals(new Uint8Array(buffer)));
    }
  });
}

for (const options of [{}, { messages: true }]) {
  t.test(`streams: ${JSON.stringify(options)}`, async (t) => {
    const { writer, reader } = streamPair(t, options, options);
    writer.write(bytes());
    writer.cork();
    writer.write(bytes());
    writer.write(bytes());
    writer.end();
    const chunks = (await reader.toArray()) as Buffer[];
    t.strictSame(Buffer.concat(chunks), Buffer.concat([expected, expected, expected]));
  });
}

t.test('what a serializer makes', async (t) => {
  const serializer = foreign<Serializer>(
    '({ serialize: (v) => new Uint8Array(v), deserialize: (b) => [...b] })',
  );
  const options = { objectMode: true, serializer };
  const { writer, reader } = streamPair(t, options, options);
  writer.write([1, 2]);
  writer.write([]);
  // Large: not copied behind its length.
  writer.write(Array.from({ length: 20_000 }, () => 7));
  writer.end();
  const lengths = (await reader.toArray()).map((value: unknown[]) => value.length);
  t.strictSame(lengths, [2, 0, 20_000]);
});

for (const code of ['new Uint8Array(2)', '() => new Uint8Array(2)']) {
  t.test(`onread.buffer: ${code}`, async (t) => {
    const onread = foreign<OnReadOptions>(`({ buffer: ${code}, callback() {} })`);
    let text = '';
    onread.callback = (count, buffer) => {
      text += Buffer.from(buffer.subarray(0, count)).toString();
    };
    const { writer, reader } = streamPair(t, {}, { onread });
    writer.end('abcde');
    await once(reader, 'end');
    t.equal(text, 'abcde');
  });
}

for (const code of [...kViews, `${kViews[0]}.buffer`, `${kViews[3]}.buffer`]) {
  t.test(`a web writer: ${code}`, async (t) => {
    const { writable, readable } = webPair(t);
    const writer = writable.getWriter();
    const written = writer.write(foreign(code));
    const { value } = await readable.getReader().read();
    t.strictSame(Buffer.from(value), expected);
    await written;
    await writer.close();
  });
}

t.test('options', async (t) => {
  const name = uniqueName(t);
  const options = foreign<{ capacity: number; wait: false }>('({ capacity: 8192, wait: false })');
  const writer = openChannel(name, 'w', options);
  t.equal(writer.capacity, 8192);
  const wait = writer.waitForPeer(foreign<WaitOptions>('({ timeout: 0 })'));
  await t.rejects(wait, { code: 'ETIMEDOUT' });
  await writer.close();
});

/** As jsdom's: a class of its own, with an EventTarget of its own. */
class ForeignSignal {
  aborted = false;
  reason: unknown = undefined;
  readonly #listeners = new Set<() => void>();
  addEventListener(_type: string, listener: () => void): void {
    this.#listeners.add(listener);
  }
  removeEventListener(_type: string, listener: () => void): void {
    this.#listeners.delete(listener);
  }
  get listeners(): number {
    return this.#listeners.size;
  }
  abort(reason: unknown): void {
    this.aborted = true;
    this.reason = reason;
    for (const listener of [...this.#listeners]) listener();
  }
}
const foreignSignal = () => {
  const signal = new ForeignSignal();
  return { signal, options: { signal: signal as unknown as AbortSignal } };
};

t.test('a signal: waits', async (t) => {
  const { writer, reader } = openPair(t);
  const { signal, options } = foreignSignal();
  const read = reader.read(Buffer.alloc(1), options);
  const wait = reader.waitForPeer(options);
  signal.abort('why');
  await t.rejects(read, { code: 'ABORT_ERR', cause: 'why' });
  await wait;
  t.equal(signal.listeners, 0);
  await writer.close();
});

t.test('a signal: a stream', async (t) => {
  const { signal, options } = foreignSignal();
  const reader = createReadStream(uniqueName(t), options);
  const failed = once(reader, 'error');
  signal.abort('why');
  t.match(await failed, [{ code: 'ABORT_ERR' }]);
});

for (const [open, mode] of [
  [openReadableStream, 'r'],
  [openWritableStream, 'w'],
] as const) {
  t.test(`a signal: ${open.name}, which waits for its role`, async (t) => {
    const name = uniqueName(t);
    const holder = openChannel(name, mode);
    const { signal, options } = foreignSignal();
    const stream = open(name, { ...options, wait: true });
    const closed = 'getReader' in stream ? stream.getReader().closed : stream.getWriter().closed;
    signal.abort('why');
    await t.rejects(closed, { code: 'ABORT_ERR', cause: 'why' });
    t.equal(signal.listeners, 0, 'nobody listens any more');
    await holder.close();
  });
}

t.test('what only looks like bytes is refused', async (t) => {
  const { writer } = openPair(t);
  const fakes: unknown[] = [
    Object.create(Uint8Array.prototype),
    new Proxy(new Uint8Array(4), {}),
    { length: 4, byteLength: 4, buffer: new ArrayBuffer(4), [Symbol.toStringTag]: 'Uint8Array' },
  ];
  const error = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  for (const fake of fakes) {
    t.throws(() => writer.tryWrite(fake as Uint8Array), error);
    const serializer = { serialize: () => fake as Uint8Array, deserialize: () => 1 };
    const stream = createWriteStream(uniqueName(t), { objectMode: true, serializer });
    const failed = once(stream, 'error');
    stream.write(1);
    t.match(await failed, [error]);
    const onread = { buffer: fake as Uint8Array, callback() {} };
    t.throws(() => createReadStream(uniqueName(t), { onread }), error);
    const web = openWritableStream(uniqueName(t)).getWriter();
    await t.rejects(web.write(fake as Uint8Array), error);
    await t.rejects(web.closed, error);
  }
});

t.test('a signal that cannot be listened to is refused', (t) => {
  const signal = { aborted: false } as AbortSignal;
  t.throws(() => openChannel(uniqueName(t), 'w', { signal }), { code: 'ERR_INVALID_ARG_TYPE' });
  t.end();
});
