import t from 'tap';
import { testPair } from '../fixtures/processes/examples.js';

const year = new Date().getFullYear();
const jobs = [1, 2, 3].map((id) => `job ${id} of ${year}: demo, ${id}000000 bytes\n`);

testPair(t, {
  'objects/consumer.js': `${jobs.join('')}no more jobs\n`,
  'objects/producer.js': '',
});
