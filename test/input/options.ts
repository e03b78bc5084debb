// Options of the wrong type or value are refused at the call, with Node's codes, and nothing is
// opened: the message says what is allowed and what was given.
import * as smipc from 'smipc';
import * as web from 'smipc/web';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';

const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
const value = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
const range = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };

type Case = [object, { code: string }, RegExp];
const ofChannels: Case[] = [
  ...[0, -1, 1.5, Number.NaN, Infinity, 2 ** 60, 2 ** 40 + 1].map(
    (capacity): Case => [{ capacity }, range, new RegExp(`1099511627776.*${capacity}`)],
  ),
  [{ capacity: '4096' }, type, /number.*"4096"/],
  [{ capacity: 4096n }, type, /number.*4096/],
  [{ capacity: null }, type, /number.*null/],
  [{ create: 'never ' }, value, /'never'.*"never "/],
  [{ create: true }, value, /true/],
  [{ wait: 1 }, type, /boolean.*1/],
  [{ wait: 'yes' }, type, /boolean.*"yes"/],
  [{ busyPoll: -1 }, range, /1000000.*-1/],
  [{ busyPoll: 1_000_001 }, range, /1000000.*1000001/],
  [{ busyPoll: '50' }, type, /number/],
  [{ permissions: 0o1000 }, range, /511.*512/],
  [{ permissions: -1 }, range, /-1/],
  [{ permissions: '600' }, type, /number/],
  [{ dir: 5 }, type, /string.*5/],
  [{ dir: '' }, value, /empty/],
  [{ dir: 'a\0b' }, value, /NUL/],
  [{ signal: {} }, type, /AbortSignal/],
  [{ signal: 'abort' }, type, /AbortSignal.*"abort"/],
];
const ofMessages: Case[] = [
  [{ objectMode: 1 }, type, /boolean/],
  [{ messages: 'yes' }, type, /boolean/],
  [{ objectMode: true, messages: true }, value, /messages.*objectMode.*true/],
  [{ objectMode: true, serializer: null }, type, /serialize.*null/],
  [{ objectMode: true, serializer: JSON }, type, /serialize/],
  [{ objectMode: true, serializer: { serialize() {} } }, type, /serialize/],
  [{ messages: true, maxMessageSize: -1 }, range, /4294967295.*-1/],
  [{ messages: true, maxMessageSize: 2 ** 32 }, range, /4294967295.*4294967296/],
  [{ messages: true, maxMessageSize: '1' }, type, /number/],
];
const ofNodeStreams: Case[] = [
  [{ highWaterMark: -1 }, { code: 'ERR_INVALID_ARG_VALUE' }, /-1/],
  [{ highWaterMark: Number.NaN }, { code: 'ERR_INVALID_ARG_VALUE' }, /NaN/],
  [{ highWaterMark: 'much' }, { code: 'ERR_INVALID_ARG_VALUE' }, /much/],
];
const notObjects: Case[] = [null, 5, 'dir', true].map((options) => [
  options as unknown as object,
  type,
  new RegExp(`object.*${options}`),
]);
const ofStreams = [...ofChannels, ...ofMessages, ...ofNodeStreams];

const calls: [string, (options: object) => unknown, Case[]][] = [
  [
    'openChannel',
    (options) => smipc.openChannel('name', 'w', options),
    [...ofChannels, [{ framing: 'lines' }, value, /'messages'.*"lines"/]],
  ],
  [
    'createReadStream',
    (options) => smipc.createReadStream('name', options),
    [...ofStreams, [{ encoding: 'utf9' }, { code: 'ERR_UNKNOWN_ENCODING' }, /utf9/]],
  ],
  ['createWriteStream', (options) => smipc.createWriteStream('name', options), ofStreams],
  ['openReadableStream', (options) => web.openReadableStream('name', options), ofChannels],
  ['openWritableStream', (options) => web.openWritableStream('name', options), ofChannels],
];

for (const [what, call, cases] of calls) {
  t.test(what, (t) => {
    const dir = uniqueDirectory(t);
    for (const [options, error, message] of cases) {
      const described = `${what} ${Object.entries(options).map(([k, v]) => `${k}: ${String(v)}`)}`;
      t.throws(() => call({ dir, ...options }), { ...error, message }, described);
      t.strictSame(smipc.list({ dir }), [], `${described}: nothing was opened`);
    }
    for (const [options, error, message] of notObjects) {
      t.throws(() => call(options), { ...error, message }, `${what} with ${options}`);
    }
    t.end();
  });
}

t.test('mode', (t) => {
  for (const mode of ['rw', '', 'R', undefined, null, 0]) {
    t.throws(() => smipc.openChannel('name', mode as 'r'), { ...value, message: /'r', 'w'/ });
  }
  t.end();
});
