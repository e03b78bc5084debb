// Channels that are resumed, as WHATWG streams.
import { inspect, openChannel } from 'smipc';
import { openReadableStream, openWritableStream } from 'smipc/web';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';

t.test('readers and writers that follow each other', async (t) => {
  const name = uniqueName(t);
  const options = { resume: true };
  const writer = openChannel(name, 'w', options);
  writer.writeSync(Buffer.from('abcdef'));
  const first = openReadableStream(name, options).getReader({ mode: 'byob' });
  const { value } = await first.read(new Uint8Array(3));
  t.equal(String(Buffer.from(value as Uint8Array)), 'abc');
  await first.cancel();
  t.match(inspect(name), { used: 3, reader: { state: 'closed' } });

  const second = openReadableStream(name, { ...options, resumeTimeout: 20 }).getReader();
  t.equal(String(Buffer.from((await second.read()).value as Uint8Array)), 'def');
  await writer.close();
  await t.rejects(second.read(), { code: 'ECONNRESET', peer: 'aborted' });

  const next = openWritableStream(name, options).getWriter();
  await next.write(Buffer.from('ghi'));
  await next.close();
  const rest: Uint8Array[] = [];
  for await (const chunk of openReadableStream(name, options)) rest.push(chunk);
  t.equal(String(Buffer.concat(rest)), 'ghi');
  t.throws(() => inspect(name), { code: 'ENOENT' });
});
