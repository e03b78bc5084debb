// What one runtime has written every other one reads, as the same value. The bytes here were made by
// running these versions; whoever changes the format sees it here.
import { structuredCloneSerializer } from 'smipc';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

const { deserialize, serialize } = structuredCloneSerializer;
const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

const stack = 'Error: m\n    at file.js:1:1';
const withStack = (error: Error): Error => Object.defineProperty(error, 'stack', { value: stack });
const cyclic = withStack(new TypeError('m'));
cyclic.cause = new Map([['error', cyclic]]);

/** Written alike by Node 20.19.0, 20.20.2, 22.12.0, 22.23.3, 24.21.0 and 26.12.1, Deno 2.9.6, Bun 1.4.5. */
const written: Record<string, [value: unknown, hex: string]> = {
  'an Error with a cause': [
    withStack(new RangeError('m', { cause: 'why' })),
    '020d1452616e67654572726f7207026d364572726f723a206d0a2020202061742066696c652e6a733a313a310606776879',
  ],
  'an Error within itself': [
    cyclic,
    '020d12547970654572726f7207026d364572726f723a206d0a2020202061742066696c652e6a733a313a311201060a6572726f720c00',
  ],
  'an AggregateError': [
    withStack(new AggregateError([1, withStack(new Error('n'))], 'm')),
    '020d1c4167677265676174654572726f720b026d364572726f723a206d0a2020202061742066696c652e6a733a313a310902810d0a4572726f7203026e364572726f723a206d0a2020202061742066696c652e6a733a313a31',
  ],
  'a DOMException': [
    withStack(new DOMException('m', 'AbortError')),
    '020e1441626f72744572726f7203026d364572726f723a206d0a2020202061742066696c652e6a733a313a31',
  ],
  'every kind of value': [
    [
      withStack(new SyntaxError('€')),
      null,
      undefined,
      true,
      -1,
      0.5,
      'text',
      1n,
      -(2n ** 70n),
      new Date(1),
      /a(b)?/giu,
      new Map([[1, new Set(['x'])]]),
      Object('boxed'),
      Object(-5),
      Object(false),
      Object(7n),
      Object.assign([1], { 2: undefined }),
      Object.assign([1], { name: 'x' }),
      Object.assign([], { 5000: 1 }),
      new Uint8Array([1, 2]),
      Buffer.from('ab'),
      // Elements have the byte order of the machine, so they are made of bytes here.
      new Uint16Array(Uint8Array.of(1, 0, 2, 0).buffer),
      new BigInt64Array([-1n]),
      new Float64Array(Uint8Array.of(0, 0, 0, 0, 0, 0, 0xe0, 0x3f).buffer),
      new DataView(new ArrayBuffer(1)),
      new Uint8Array([3]).buffer,
      { nested: {}, 5: 'key' },
    ],
    '02091b0d1653796e7461784572726f720303ac20364572726f723a206d0a2020202061742066696c652e6a733a313a3101000304ffffffff05000000000000e03f0608746578740f02010f1300000000000000004007000000000000f03f110a612862293f06676975120181130106027810060a626f7865641004fbffffff1002100f02070903811800140102023081086e616d65060278148927010835303030810a0201020b02616217040401000200170b08ffffffffffffffff170808000000000000e03f170901001501030802023506066b65790c6e65737465640800',
  ],
};

for (const [what, [value, hex]] of Object.entries(written)) {
  t.test(what, async (t) => {
    t.equal(Buffer.from(serialize(value)).toString('hex'), hex);
    t.same(deserialize(bytes(hex)), value);
  });
}

/** Bytes that nobody can read, and what is said of them. */
const unreadable: Record<string, [hex: string, message: RegExp]> = {
  'a view that does not exist yet': ['02170e0400000000', /kind \(14\)/],
  'a regular expression of later syntax': [
    '0211022800',
    /this version of the runtime does not know: Invalid regular expression/,
  ],
  'an object, of node:v8 of Node 20.20.2 to 26.12.1 and Deno 2.9.6': [
    'ff0f6f22016149027b01',
    /written by node:v8: the writer uses another serializer/,
  ],
  'an Error, of node:v8 of Bun 1.4.5': ['0e000000370000000000010000806d06', /node:v8 of Bun/],
  JSON: [
    Buffer.from('{"a":1}').toString('hex'),
    /begins with the byte 0x7b: the writer uses another/,
  ],
  'no bytes': ['', /is empty/],
  'a newer format of smipc': ['0300', /begins with the byte 0x03: .* or a newer version of smipc/],
  'a kind of Error that does not exist yet': ['020d144c617465724572726f7200', /LaterError/],
};

for (const [what, [hex, message]] of Object.entries(unreadable)) {
  t.test(what, async (t) => {
    t.throws(() => deserialize(bytes(hex)), { message });
  });
}

t.test('a Float16Array, which came with Node 24', async (t) => {
  const message = bytes('02170d04003c0041');
  if ('Float16Array' in globalThis) {
    t.equal(Object.prototype.toString.call(deserialize(message)), '[object Float16Array]');
  } else {
    t.throws(() => deserialize(message), { message: /Float16Array, .*since version 24/ });
  }
});

t.test('through a stream', async (t) => {
  const asTheyAre = { serialize: (hex: unknown) => bytes(hex as string), deserialize };
  const { writer, reader } = streamPair(
    t,
    { objectMode: true, serializer: asTheyAre },
    { objectMode: true },
  );
  writer.on('error', () => {}); // the reader will have left
  writer.write('0e000000370000000000010000806d06');
  await t.rejects(reader.toArray(), {
    code: 'ERR_SMIPC_CORRUPT',
    message: /cannot be deserialized: .*node:v8 of Bun/,
  });
});
