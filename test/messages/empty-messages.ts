// A message of no bytes is a message.
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

const options = { messages: true };

t.test('alone, first, last, and in a row', async (t) => {
  const { writer, reader } = streamPair(t, options, options);
  for (const text of ['', 'a', '', '', 'bc', '']) writer.write(Buffer.from(text));
  writer.end(Buffer.alloc(0));
  const received = (await reader.toArray()).map(String);
  t.strictSame(received, ['', 'a', '', '', 'bc', '', '']);
});

t.test('none at all', async (t) => {
  const { writer, reader } = streamPair(t, options, options);
  writer.end();
  t.strictSame(await reader.toArray(), []);
});
