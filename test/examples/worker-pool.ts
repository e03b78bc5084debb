import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { runExample } from '../fixtures/processes/program.js';

t.test('a worker is killed, and its job is done all the same', async (t) => {
  t.strictSame(await runExample(t, 'worker-pool/main.js', uniqueName(t)).exit, {
    code: 0,
    signal: null,
    stdout: 'a worker has gone: died\nthere are 11301 prime numbers\n',
    stderr: '',
  });
});
