import t from 'tap';
import { testPair } from '../fixtures/processes/examples.js';

const sum = Array.from({ length: 100_000 }, (_, i) => Math.sqrt(i)).reduce((a, b) => a + b);

testPair(t, {
  'blocking/receiver.js': `received 100000 records, the sum is ${sum.toFixed(3)}\n`,
  'blocking/sender.js': 'sent 1600000 bytes\n',
});
