import { createWriteStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { testPair } from '../fixtures/processes/examples.js';
import { runExample } from '../fixtures/processes/program.js';

const lines = [1, 2, 3, 4, 5].map((i) => `measurement ${i}\n`).join('');

testPair(t, {
  'async/receiver.js': `${lines}the end, after ${lines.length} bytes\n`,
  'async/sender.js': `sent ${lines.length} bytes, and all of them were read\n`,
});

t.test('the receiver of a stream that is cut off', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name);
  writer.write('measurement 1\n');
  writer.destroy();
  const outcome = await runExample(t, 'async/receiver.js', name).exit;
  t.match(outcome, { code: 1, stdout: 'measurement 1\n', stderr: /ECONNRESET/ });
});
