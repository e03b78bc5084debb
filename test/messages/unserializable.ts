// A value that cannot be cloned is an error at the writer, and nothing of it reaches the ring.
import { once } from 'node:events';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

const options = { objectMode: true };

for (const [what, value] of Object.entries({
  'a function': () => {},
  'a symbol': Symbol('s'),
  'a function deep inside': { list: [new Map([['f', () => {}]])] },
  'a promise': { when: Promise.resolve() },
})) {
  t.test(what, async (t) => {
    const { writer, reader } = streamPair(t, options, options);
    const readerFailed = once(reader, 'error');
    const failed = once(writer, 'error');
    writer.write('before');
    const { bytesWritten } = writer;
    const error = await new Promise((resolve) => writer.write(value, resolve));
    t.match(error, { message: /could not be cloned/ });
    t.strictSame(await failed, [error]);
    t.equal(writer.bytesWritten, bytesWritten);
    t.equal((await once(reader, 'data'))[0], 'before');
    t.match(await readerFailed, [{ code: 'ECONNRESET', peer: 'aborted' }]);
  });
}

t.test('null', async (t) => {
  const { writer } = streamPair(t, options, options);
  t.throws(() => writer.write(null), { code: 'ERR_STREAM_NULL_VALUES' });
});
