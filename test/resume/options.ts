// What `resume` needs, and what it cannot be combined with.
import { once } from 'node:events';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import { openReadableStream } from 'smipc/web';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';

const invalid = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
const wrongType = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
const outOfRange = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };

t.test('wrong values', async (t) => {
  const name = uniqueName(t);
  const read = (options: object) => () => createReadStream(name, options);
  t.throws(read({ resume: 1 }), wrongType);
  t.throws(read({ resume: true, resumeTimeout: '5' }), wrongType);
  t.throws(read({ resume: true, resumeTimeout: -1 }), outOfRange);
  t.throws(read({ resume: true, resumeTimeout: 2 ** 31 }), outOfRange);
  t.throws(read({ resumeTimeout: 5 }), invalid);
  t.throws(read({ resume: true, messages: true, acknowledge: 'yes' }), wrongType);
  t.throws(read({ messages: true, acknowledge: true }), invalid);
  t.throws(read({ resume: true, acknowledge: true }), invalid);
  const kept = { resume: true, messages: true, acknowledge: true };
  t.throws(read({ ...kept, highWaterMark: 3 }), invalid);
  t.throws(() => openChannel(name, 'r', { resume: true, framing: 'messages' }), invalid);
});

t.test('both ends must agree', async (t) => {
  const name = uniqueName(t);
  const incompatible = { code: 'ERR_SMIPC_INCOMPATIBLE' };
  const writer = createWriteStream(name, { resume: true });
  t.match(await once(createReadStream(name), 'error'), [incompatible]);
  t.throws(() => openChannel(name, 'r'), incompatible);
  await t.rejects(openReadableStream(name).getReader().read(), incompatible);
  writer.destroy();
  await once(writer, 'close');
  const plain = createWriteStream(name);
  t.match(await once(createReadStream(name, { resume: true }), 'error'), [incompatible]);
  plain.destroy();
});

t.test('acknowledge() is for streams that acknowledge', async (t) => {
  const name = uniqueName(t);
  const reader = createReadStream(name, { resume: true, messages: true });
  t.throws(() => reader.acknowledge(), { code: 'ERR_INVALID_STATE' });
  t.equal(reader.redelivered, false);
  reader.destroy();
});

t.test('a second owner is still turned away', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { resume: true });
  t.match(await once(createWriteStream(name, { resume: true }), 'error'), [
    { code: 'EBUSY', pid: process.pid },
  ]);
  writer.destroy();
});
