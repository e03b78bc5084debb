// Options of calls on a channel, and of list(), inspect() and remove(), are checked like those of
// opening.
import { inspect, list, remove } from 'smipc';
import t from 'tap';
import { openPair, streamPair } from '../fixtures/channels/pair.js';

type Expected = { name: string; code: string };

const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
const value = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
const range = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };

const ofWaits: [unknown, Expected][] = [
  [{ timeout: -1 }, range],
  [{ timeout: 1.5 }, range],
  [{ timeout: 2 ** 31 }, range],
  [{ timeout: Number.NaN }, range],
  [{ timeout: '1' }, type],
  [{ timeout: null }, type],
  [null, type],
  [5, type],
];
const ofSignals: [unknown, Expected][] = [
  [{ signal: {} }, type],
  [{ signal: true }, type],
  [{ signal: new AbortController() }, type],
];

t.test('waits', async (t) => {
  const { writer, reader } = openPair(t);
  const streams = streamPair(t);
  const bytes = Buffer.alloc(10);
  for (const [options, error] of [...ofWaits, ...ofSignals]) {
    const waits: ((options: object) => Promise<unknown>)[] = [
      (options) => reader.read(bytes, options),
      (options) => writer.write(bytes, options),
      (options) => reader.waitForPeer(options),
      (options) => writer.drained(options),
      (options) => streams.reader.waitForPeer(options),
      (options) => streams.writer.drained(options),
    ];
    for (const wait of waits) await t.rejects(wait(options as object), error);
  }
  for (const [options, error] of ofWaits) {
    t.throws(() => reader.readSync(bytes, options as object), error);
    t.throws(() => writer.writeSync(bytes, options as object), error);
  }
  t.equal(writer.position, 0);
  await t.rejects(reader.read(bytes, { min: '1' as unknown as number }), type);
});

t.test('looking and removing', (t) => {
  for (const [options, error] of [
    [{ dir: 5 }, type],
    [{ dir: '' }, value],
    [null, type],
    ['dir', type],
  ] as [object, Expected][]) {
    t.throws(() => list(options), error);
    t.throws(() => inspect('name', options), error);
    t.throws(() => remove('name', options), error);
  }
  t.throws(() => remove('name', { force: 1 as unknown as boolean }), type);
  t.end();
});
