import t from 'tap';
import { testPair } from '../fixtures/processes/examples.js';

testPair(t, {
  'web/reader.js': 'one line\nanother line\nthe last line\n',
  'web/writer.js': '',
});
