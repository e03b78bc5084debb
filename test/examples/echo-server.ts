import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { runExample } from '../fixtures/processes/program.js';
import { until } from '../fixtures/timing/until.js';

const echoed = 'line 1\nline 2\nline 3\n21 bytes sent, 21 came back\n';

for (const isServerFirst of [true, false]) {
  t.test(`${isServerFirst ? 'the server' : 'a client'} starts first`, async (t) => {
    const name = uniqueName(t);
    const start = (file: string) => runExample(t, `echo-server/${file}`, name);
    const early = isServerFirst ? undefined : start('client.js');
    const server = start('server.js');
    await until(() => server.stdout() !== '', 'the server listens');
    for (const client of [early ?? start('client.js'), start('client.js')]) {
      t.match(await client.exit, { code: 0, stdout: echoed, stderr: '' });
    }
    server.kill('SIGTERM');
    const stdout = `listening at ${name}\n`;
    t.match(await server.exit, { code: 0, stdout, stderr: '' });
  });
}

t.test('a second server', async (t) => {
  const name = uniqueName(t);
  const server = runExample(t, 'echo-server/server.js', name);
  await until(() => server.stdout() !== '', 'the server listens');
  const second = await runExample(t, 'echo-server/server.js', name).exit;
  t.match(second, { code: 1, stdout: '', stderr: /EADDRINUSE/ });
});
