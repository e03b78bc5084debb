// docs/recipes/many-writers.md: every line of every service, in order, over collectors and services
// that are killed; a line comes twice only if a collector was killed at it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChannelStatus, createWriteStream, inspect, list } from 'smipc';
import t from 'tap';
import { channelsIn } from '../fixtures/channels/directory.js';
import { prepareRecipe } from '../fixtures/docs/recipe.js';
import { until } from '../fixtures/timing/until.js';

const kServices = ['web', 'mail', 'search', 'billing', 'audit'];
const kLines = 3000;
const kKills = 5;

/** What is in the file of the collectors. */
const readLines = (path: string): string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];

/** The numbers of the lines that were collected, by their service. */
function numbersOf(path: string): Map<string, number[]> {
  const lines = new Map<string, number[]>();
  for (const text of readLines(path)) {
    const [service = '', line] = text.split(' ');
    if (!lines.has(service)) lines.set(service, []);
    lines.get(service)?.push(Number(line));
  }
  return lines;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

t.test('collectors are killed', async (t) => {
  const { start, dir, folder } = prepareRecipe(t, 'many-writers');
  const file = join(folder, 'lines');
  const services = kServices.map((service) => start('service.mjs', service, String(kLines)));
  for (let i = 1; i <= kKills; i++) {
    const collector = start('collector.mjs', file);
    const enough = (kServices.length * kLines * i) / (kKills + 1);
    await until(() => readLines(file).length > enough, 'lines are collected');
    collector.kill('SIGKILL');
    t.match(await collector.exit, { signal: 'SIGKILL', stderr: '' });
  }
  start('collector.mjs', file);
  for (const service of services) t.match(await service.exit, { code: 0, stderr: '' });
  const isUnread = ({ used, reader }: ChannelStatus) => used > 0 || reader.state === 'absent';
  await until(() => list({ dir }).filter(isUnread).length === 0, 'everything has been collected');

  const numbers = numbersOf(file);
  t.strictSame([...numbers.keys()].sort(), [...kServices].sort());
  for (const [service, lines] of numbers) {
    t.strictSame([...new Set(lines)], upTo(kLines), `${service}: each line, in order`);
    t.ok(lines.length <= kLines + kKills, `${service}: one more for each kill at most`);
  }
  const isMarked = (line: string) => line.endsWith(' again');
  const twice = readLines(file).length - kServices.length * kLines;
  t.ok(twice <= readLines(file).filter(isMarked).length, 'each that came twice is marked');
});

t.test('services are killed, with a collector and without', async (t) => {
  const { start, dir, folder } = prepareRecipe(t, 'many-writers');
  const file = join(folder, 'lines');
  const isFull = () => list({ dir }).filter(({ used, capacity }) => used > capacity - 1000);

  const early = start('service.mjs', 'early', '1000000000');
  await until(() => isFull().length === 1, 'its channel is full');
  early.kill('SIGKILL');
  await early.exit;

  const collector = start('collector.mjs', file);
  const late = start('service.mjs', 'late', '1000000000');
  await until(() => (numbersOf(file).get('late')?.length ?? 0) > 100, 'it logs');
  late.kill('SIGKILL');
  await late.exit;
  await until(() => channelsIn(dir).length === 0, 'both channels are gone');
  for (const service of ['early', 'late']) {
    const lines = numbersOf(file).get(service) ?? [];
    t.ok(lines.length > 100, service);
    t.strictSame(lines, upTo(lines.length), `${service}: what it wrote, in order`);
  }

  start('service.mjs', 'next', '1000000000');
  await until(() => numbersOf(file).has('next'), 'the collector goes on');
  const second = await start('collector.mjs', file).exit;
  t.match(second, { code: 1, stdout: '', stderr: /EBUSY/ }, 'there is one collector');
  t.ok(collector.isRunning());
});

t.test('channels that are none of a service', async (t) => {
  const { start, dir, folder } = prepareRecipe(t, 'many-writers');
  const file = join(folder, 'lines');
  const plain = createWriteStream('log-plain', { dir, objectMode: true });
  t.teardown(() => plain.destroy());
  const garbage = createWriteStream('log-garbage', {
    dir,
    objectMode: true,
    resume: true,
    serializer: { serialize: () => Buffer.from('garbage'), deserialize: () => undefined },
  });
  t.teardown(() => garbage.destroy());
  garbage.write({ service: 'garbage', line: 1 });
  const collector = start('collector.mjs', file);
  await until(() => inspect('log-garbage', { dir }).reader.state === 'closed', 'it is skipped');
  // Their next changes are no reason to try them again.
  const service = start('service.mjs', 'web', '100');
  t.match(await service.exit, { code: 0 });
  await until(() => readLines(file).length === 100, 'the others are collected');
  t.ok(collector.isRunning());
  collector.kill('SIGTERM');
  const said = (await collector.exit).stderr.split('\n').filter((line) => line !== '');
  t.equal(said.length, 2);
  t.match(said.sort(), [
    /^skipped: ERR_SMIPC_CORRUPT: .* 'log-garbage'$/,
    /^skipped: ERR_SMIPC_INCOMPATIBLE: .* 'log-plain'$/,
  ]);
});
