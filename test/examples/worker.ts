import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { runExample } from '../fixtures/processes/program.js';

t.test('a worker thread writes, the main thread reads', async (t) => {
  t.strictSame(await runExample(t, 'worker/main.js', uniqueName(t)).exit, {
    code: 0,
    signal: null,
    stdout: 'prime number 1000 is 7919\nprime number 2000 is 17389\n',
    stderr: '',
  });
});
