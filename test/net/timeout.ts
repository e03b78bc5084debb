// setTimeout(): 'timeout' when nothing has moved, refreshed by what is read and by what is written.
import { once } from 'node:events';
import t from 'tap';
import { overBoth } from '../fixtures/net/both.js';
import { connectedPair, startServer } from '../fixtures/net/pair.js';
import { stateOf } from '../fixtures/net/record.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

overBoth(t, 'fires, and destroys nothing', async (t, way) => {
  const { client } = await connectedPair(t, way);
  const start = performance.now();
  const calls: unknown[] = [];
  const same = client.setTimeout(30, function (this: unknown) {
    calls.push(this === client);
  });
  const before = client.timeout;
  await once(client, 'timeout');
  t.ok(performance.now() - start >= 28);
  return { same: same === client, before, calls, state: stateOf(client) };
});

overBoth(t, 'as an option of connect()', async (t, way) => {
  await startServer(t, way);
  const client = way.net.connect({ path: way.path, timeout: 20 });
  const { timeout } = client;
  await once(client, 'timeout');
  client.destroy();
  return timeout;
});

for (const title of ['reading', 'writing'] as const) {
  overBoth(t, `${title} puts it off`, async (t, way) => {
    const { client, accepted } = await connectedPair(t, way);
    client.resume();
    accepted.resume();
    const [from, to] = title === 'reading' ? [accepted, client] : [client, accepted];
    const limit = 200;
    let moved = performance.now();
    let firedAfter: number | undefined;
    client.setTimeout(limit, () => {
      firedAfter = performance.now() - moved;
    });
    for (let i = 0; i < 5; i++) {
      const came = once(to, 'data');
      moved = performance.now();
      from.write('x');
      await came;
      // Not a wait for something: time that passes.
      await new Promise((resolve) => setTimeout(resolve, limit / 4));
    }
    await until(() => firedAfter !== undefined, 'it fires in the end');
    t.ok(Number(firedAfter) >= limit - 5, `${firedAfter} ms after the last byte`);
    return true;
  });
}

overBoth(t, 'cleared', async (t, way) => {
  const { client } = await connectedPair(t, way);
  const calls: string[] = [];
  const listener = (): void => void calls.push('cleared');
  client.setTimeout(10, listener);
  client.setTimeout(0, listener);
  const { timeout } = client;
  const count = client.listenerCount('timeout');
  await new Promise((resolve) => setTimeout(resolve, 30));
  await someTurns();
  return { calls, timeout, count };
});

overBoth(t, 'not after destroy()', async (t, way) => {
  const { client } = await connectedPair(t, way);
  const calls: string[] = [];
  client.setTimeout(10, () => calls.push('fired'));
  client.destroy();
  await new Promise((resolve) => setTimeout(resolve, 30));
  return calls;
});

overBoth(t, 'times that are no whole numbers, or too long', async (t, way) => {
  const { client } = await connectedPair(t, way);
  client.setTimeout(0.5);
  const { timeout: short } = client;
  await once(client, 'timeout');
  client.setTimeout(2 ** 31 - 1);
  const { timeout: longest } = client;
  const refused: unknown[] = [];
  for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY, '5']) {
    try {
      client.setTimeout(bad as number);
    } catch (error) {
      refused.push((error as NodeJS.ErrnoException).code);
    }
  }
  client.destroy();
  return { short, longest, refused };
});
