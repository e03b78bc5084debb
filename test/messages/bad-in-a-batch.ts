// A message that cannot be sent fails the stream; those before it arrive all the same, also when they
// were queued together.
import { once } from 'node:events';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

t.test('corked', async (t) => {
  const options = { objectMode: true };
  const { writer, reader } = streamPair(t, options, options);
  const failed = new Promise((resolve) => writer.on('error', resolve));
  writer.cork();
  writer.write('first');
  writer.write('second');
  writer.write(() => 'functions cannot be cloned');
  writer.write('behind it');
  process.nextTick(() => writer.uncork());
  const values: unknown[] = [];
  reader.on('data', (value) => values.push(value));
  await t.rejects(once(reader, 'end'), { code: 'ECONNRESET', peer: 'aborted' });
  t.strictSame(values, ['first', 'second']);
  t.match(await failed, { message: /could not be cloned/ });
});
