// What `smipc top` makes of samples: rates, ages, and the commands of processes.
import type { ChannelStatus } from 'smipc';
import t from 'tap';
import { loadSource } from '../fixtures/hosts/source.js';

type Model = typeof import('../../dist/cli/top/model.js');

const { filterRows, kSortKeys, Sampler, sortRows, wakeUpsOf } =
  await loadSource<Model>('cli/top/model.ts');

function status(name: string, change: Partial<ChannelStatus> = {}): ChannelStatus {
  return {
    name,
    directory: '/dev/shm/smipc-0',
    mode: null,
    capacity: 4096,
    framing: 'bytes',
    resumable: false,
    bytesWritten: 0,
    bytesRead: 0,
    used: 0,
    writer: { state: 'open', wakeUps: 0, pid: 1, sleeping: false },
    reader: { state: 'absent', wakeUps: 0 },
    ...change,
  };
}

const unknown = (): undefined => undefined;

t.test('rates are those of the time between two samples', (t) => {
  const sampler = new Sampler(unknown);
  const messages = { framing: 'messages', messagesWritten: 10, messagesRead: 4 } as const;
  const [first] = sampler.sample([status('a', { bytesWritten: 1000, ...messages })], 5000);
  t.equal(first?.rates, undefined);
  const later = { bytesWritten: 3000, bytesRead: 500, ...messages, messagesWritten: 11 };
  const [second] = sampler.sample([status('a', later)], 5500);
  t.strictSame(second?.rates, {
    ...{ bytesIn: 4000, bytesOut: 1000, messagesIn: 2, messagesOut: 0 },
    ...{ writerWakeUps: 0, readerWakeUps: 0 },
  });
  t.end();
});

t.test('the help and the completion know the same keys', async (t) => {
  const { commands } =
    await loadSource<typeof import('../../dist/cli/commands.js')>('cli/commands.ts');
  const top = commands.find(({ name }) => name === 'top');
  const sort = top?.options.find(({ long }) => long === 'sort');
  t.strictSame([...(sort?.value?.choices ?? [])].sort(), [...kSortKeys].sort());
});

t.test('wake-ups are counted in 32 bits', (t) => {
  const sampler = new Sampler(unknown);
  const of = (writer: number, reader: number): ChannelStatus[] => [
    status('a', {
      writer: { state: 'open', pid: 1, wakeUps: writer },
      reader: { state: 'open', pid: 2, wakeUps: reader },
    }),
  ];
  sampler.sample(of(7, 0xffff_fffe), 0);
  const [row] = sampler.sample(of(9, 3), 500);
  t.match(row?.rates, { writerWakeUps: 4, readerWakeUps: 10 });
  t.equal(wakeUpsOf(row?.rates), 14);
  t.end();
});

t.test('a channel that has come since has got everything since', (t) => {
  const sampler = new Sampler(unknown);
  sampler.sample([], 0);
  const [row] = sampler.sample([status('a', { bytesWritten: 100 })], 2000);
  t.match(row, { rates: { bytesIn: 50, bytesOut: 0, messagesIn: undefined }, isChangeSeen: true });
  t.end();
});

t.test('another channel of the same name begins anew', (t) => {
  for (const change of [
    { bytesWritten: 900 },
    { bytesWritten: 2000, writer: { state: 'open', wakeUps: 0, pid: 2 } },
    { bytesWritten: 2000, capacity: 8192 },
    { bytesWritten: 2000, framing: 'objects' },
  ] as Partial<ChannelStatus>[]) {
    const sampler = new Sampler(unknown);
    sampler.sample([status('a', { bytesWritten: 1000 })], 0);
    const [row] = sampler.sample([status('a', change)], 1000);
    t.equal(row?.rates?.bytesIn, change.bytesWritten);
  }
  // A resumable channel has one owner after the other.
  const sampler = new Sampler(unknown);
  const resumable = { resumable: true, bytesWritten: 1000 };
  sampler.sample([status('a', resumable)], 0);
  const next = {
    ...resumable,
    bytesWritten: 1500,
    writer: { state: 'open', wakeUps: 0, pid: 2 } as const,
  };
  t.equal(sampler.sample([status('a', next)], 1000)[0]?.rates?.bytesIn, 500);
  t.end();
});

t.test('the age is that of the last move of a byte, or of an end', (t) => {
  const sampler = new Sampler(unknown);
  const age = (change: Partial<ChannelStatus>, now: number): [number, boolean] => {
    const [row] = sampler.sample([status('a', change)], now);
    return [row?.unchangedMs as number, row?.isChangeSeen as boolean];
  };
  t.strictSame(age({}, 0), [0, false]);
  t.strictSame(age({}, 1000), [1000, false]);
  t.strictSame(age({ bytesWritten: 1 }, 2000), [0, true]);
  t.strictSame(age({ bytesWritten: 1 }, 3500), [1500, true]);
  t.strictSame(age({ bytesWritten: 1, bytesRead: 1 }, 4000), [0, true]);
  const seen = { bytesWritten: 1, bytesRead: 1 };
  // To fall asleep is no change.
  const asleep = {
    ...seen,
    writer: { state: 'open', wakeUps: 0, pid: 1, sleeping: true } as const,
  };
  t.strictSame(age(asleep, 5000), [1000, true]);
  t.strictSame(age({ ...seen, writer: { state: 'died', wakeUps: 0, pid: 1 } }, 6000), [0, true]);
  t.end();
});

t.test('a command is asked for once, and only of a process that is there', (t) => {
  const asked: number[] = [];
  const sampler = new Sampler((pid) => {
    asked.push(pid);
    return pid === 3 ? undefined : `program ${pid}`;
  });
  const one = (pid: number, state: 'open' | 'died'): ChannelStatus =>
    status(`by ${pid}`, {
      writer: { state, wakeUps: 0, pid },
      reader: { state: 'open', wakeUps: 0, pid: 3 },
    });
  const commands = (...statuses: ChannelStatus[]): (string | undefined)[] =>
    sampler.sample(statuses, 0).flatMap((row) => [row.writerCommand, row.readerCommand]);
  t.strictSame(commands(one(2, 'died')), [undefined, undefined]);
  t.strictSame(commands(one(1, 'died'), one(1, 'open')), [
    ...[undefined, undefined],
    ...['program 1', undefined],
  ]);
  // Remembered after its death, for as long as it is named.
  t.strictSame(commands(one(1, 'died')), ['program 1', undefined]);
  t.strictSame(asked, [3, 1]);
  t.strictSame(commands(), []);
  t.strictSame(commands(one(1, 'died')), [undefined, undefined]);
  t.end();
});

t.test('sorts by each key, and those that are equal by name', (t) => {
  const sampler = new Sampler(unknown);
  const names = ['b', 'c', 'a', 'd'];
  sampler.sample(
    names.map((name) => status(name)),
    0,
  );
  const rows = sampler.sample(
    [
      status('b', { bytesWritten: 5, used: 5 }),
      status('c', { bytesWritten: 9, bytesRead: 9, capacity: 8192 }),
      status('a', { reader: { state: 'open', wakeUps: 0, pid: 2 } }),
      status('d', { framing: 'bytes' }),
    ],
    1000,
  );
  const sorted = (key: (typeof kSortKeys)[number], isReversed = false): string =>
    sortRows(rows, key, isReversed)
      .map((row) => row.status.name)
      .join('');
  t.strictSame(
    Object.fromEntries(kSortKeys.map((key) => [key, [sorted(key), sorted(key, true)]])),
    {
      in: ['cbad', 'adbc'],
      out: ['cabd', 'abdc'],
      'messages-in': ['abcd', 'abcd'],
      'messages-out': ['abcd', 'abcd'],
      'wake-ups': ['abcd', 'abcd'],
      fill: ['bacd', 'acdb'],
      capacity: ['cabd', 'abdc'],
      age: ['dabc', 'abcd'],
      writer: ['abcd', 'abcd'],
      reader: ['bcda', 'abcd'],
      name: ['abcd', 'dcba'],
    },
  );
  t.end();
});

t.test('filters by a part of the name, in large or small letters', (t) => {
  const rows = new Sampler(unknown).sample([status('Jobs'), status('a.*'), status('ÉTÉ')], 0);
  const filtered = (text: string): string[] => filterRows(rows, text).map((row) => row.status.name);
  t.strictSame(filtered('OB'), ['Jobs']);
  t.strictSame(filtered('.*'), ['a.*']);
  t.strictSame(filtered('té'), ['ÉTÉ']);
  t.equal(filtered('').length, 3);
  t.end();
});
