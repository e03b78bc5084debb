// 'open' and opened(): when the role is taken, at once or later.
import { once } from 'node:events';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openStream } from '../fixtures/channels/open-stream.js';
import { someTurns } from '../fixtures/timing/turns.js';

for (const mode of ['r', 'w'] as const) {
  t.test(`${mode}: at once`, async (t) => {
    const stream = openStream[mode](uniqueName(t));
    t.teardown(() => stream.destroy());
    let opened = 0;
    stream.on('open', () => opened++);
    t.equal(opened, 0, 'a listener can still be added');
    t.equal(await stream.opened(), stream.channel);
    await someTurns();
    t.equal(opened, 1);
    t.equal(await stream.opened(), stream.channel, 'again');
  });

  t.test(`${mode}: when the holder of the role has left`, async (t) => {
    const name = uniqueName(t);
    const holder = openChannel(name, mode);
    const stream = openStream[mode](name, { wait: true });
    t.teardown(() => stream.destroy());
    await t.rejects(stream.opened({ timeout: 1 }), { code: 'ETIMEDOUT' });
    await t.rejects(stream.opened({ signal: AbortSignal.abort() }), { name: 'AbortError' });
    t.equal(stream.channel, undefined);
    const open = once(stream, 'open');
    const opened = stream.opened();
    await holder.close();
    await open;
    t.equal((await opened).name, name);
  });

  t.test(`${mode}: never`, async (t) => {
    const stream = openStream[mode](uniqueName(t), { create: 'never' });
    stream.on('open', () => t.fail('it is not open'));
    const opened = stream.opened();
    const [error] = await once(stream, 'error');
    t.match(error, { code: 'ENOENT' });
    await t.rejects(opened, error as Error);
    await t.rejects(stream.opened(), error as Error);
  });
}

t.test("'open' comes before 'connect'", async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name);
  const reader = createReadStream(name);
  const told: string[] = [];
  for (const event of ['open', 'connect'] as const) {
    writer.on(event, () => told.push(`writer ${event}`));
    reader.on(event, () => told.push(`reader ${event}`));
  }
  writer.end();
  await reader.toArray();
  t.ok(told.indexOf('reader open') < told.indexOf('reader connect'));
  t.strictSame(told.sort(), ['reader connect', 'reader open', 'writer connect', 'writer open']);
});
