// Node's http, https and tls take longer to load than all of smipc: only who imports smipc/http has them.
import t from 'tap';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('smipc without http', async (t) => {
  const child = spawnChild(t, async ({ send }) => {
    const isLoaded = () =>
      ['http', 'https', 'tls', '_http_agent'].filter((name) =>
        (process as unknown as { moduleLoadList: string[] }).moduleLoadList.includes(
          `NativeModule ${name}`,
        ),
      );
    await send(isLoaded());
    await import('smipc/http');
    await send(isLoaded());
  });
  t.strictSame(await child.message(), []);
  t.ok(((await child.message()) as string[]).includes('_http_agent'));
});
