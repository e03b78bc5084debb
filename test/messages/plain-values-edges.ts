// Plain messages have at most 16 KiB, and stand one behind the other in slabs of 64 KiB: a value of each
// kind at each distance from the end of a message arrives whole, in the plain format as long as it
// fits, and no message touches another.
import { isDeepStrictEqual } from 'node:util';
import { structuredCloneSerializer } from 'smipc';
import t from 'tap';

const { deserialize, serialize } = structuredCloneSerializer;
const kPlainFormat = 1;
const kMostBytes = 16 * 1024;

const kinds: Record<string, unknown> = {
  undefined: undefined,
  'small integer': 5,
  integer: 70_000,
  double: 0.5,
  'short text': 'abcdefgh',
  'Latin-1': 'éé',
  'long text': 'x'.repeat(30),
  'wide text': '€'.repeat(30),
  date: new Date(5),
  object: { key: 1 },
  'empty object': {},
  array: [1, 2],
  bytes: new Uint8Array([1, 2, 3]),
  buffer: Buffer.from('abc'),
};

for (const [what, value] of Object.entries(kinds)) {
  t.test(what, async (t) => {
    const neighbour = serialize({ neighbour: true });
    let plain = 0;
    let longest = 0;
    for (let size = kMostBytes - 120; size <= kMostBytes; size++) {
      const whole = [new Uint8Array(size).fill(size), value];
      const message = serialize(whole);
      const behind = serialize({ behind: size });
      const isPlain = message[0] === kPlainFormat;
      if (isPlain) {
        plain++;
        longest = Math.max(longest, message.length);
      }
      if (isPlain && plain <= size - (kMostBytes - 120)) t.fail('a larger one was plain');
      if (!isDeepStrictEqual(deserialize(message), whole)) t.fail(`${size} bytes before it`);
      if (!isDeepStrictEqual(deserialize(behind), { behind: size })) t.fail('the one behind it');
    }
    t.ok(plain > 0 && plain < 121, `${plain} of 121 were plain`);
    t.ok(longest <= kMostBytes && longest > kMostBytes - 80, `the longest has ${longest} bytes`);
    t.same(deserialize(neighbour), { neighbour: true });
  });
}
