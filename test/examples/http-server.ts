import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { runExample } from '../fixtures/processes/program.js';

t.test('an http server, http.get and fetch', async (t) => {
  const { code, stdout, stderr } = await runExample(t, 'http-server/main.js', uniqueName(t)).exit;
  t.strictSame({ code, stderr }, { code: 0, stderr: '' });
  const [first, second, fetched] = stdout.split('\n');
  t.equal(first, 'http.get: {"url":"/first","sum":0}');
  t.equal(second, 'http.get: {"url":"/second","sum":0}');
  // undici need not be installed.
  t.match(fetched, /^fetch: (?:\{"url":"\/sum","sum":6\}|needs undici)$/);
});
