// Strings are written in the encoding that is named with them, or else in the stream's default.
import { buffer } from 'node:stream/consumers';
import type { ChannelWriteStream, WriteStreamOptions } from 'smipc';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

const cases: [string, WriteStreamOptions, (writer: ChannelWriteStream) => void, string][] = [
  ['utf8', {}, (writer) => writer.write('ä€😀'), 'c3a4e282acf09f9880'],
  ['hex', {}, (writer) => writer.write('00ff10', 'hex'), '00ff10'],
  ['latin1', {}, (writer) => writer.write('\u00e4\u00ff', 'latin1'), 'e4ff'],
  ['utf16le', {}, (writer) => writer.write('hé', 'utf16le'), '6800e900'],
  ['base64', {}, (writer) => writer.end('AP8=', 'base64'), '00ff'],
  ['defaultEncoding', { defaultEncoding: 'hex' }, (writer) => writer.write('0aff'), '0aff'],
  ['setDefaultEncoding()', {}, (writer) => writer.setDefaultEncoding('latin1').write('ä'), 'e4'],
  [
    'mixed, corked',
    {},
    (writer) => {
      writer.cork();
      writer.write('61', 'hex');
      writer.write('ä', 'latin1');
      writer.write(Buffer.of(0));
      writer.write('€');
      process.nextTick(() => writer.uncork());
    },
    '61e400e282ac',
  ],
  ['messages', { messages: true }, (writer) => writer.write('fF', 'hex'), '01000000ff'],
];

for (const [what, options, write, expected] of cases) {
  t.test(what, async (t) => {
    const { writer, reader } = streamPair(t, options, { messages: options.messages });
    write(writer);
    const content = buffer(reader);
    setImmediate(() => writer.end());
    const prefix = options.messages ? '01000000' : '';
    t.equal(prefix + (await content).toString('hex'), expected);
  });
}

t.test('an unknown encoding is an error at the call', async (t) => {
  const { writer } = streamPair(t);
  const encoding = 'utf9' as BufferEncoding;
  t.throws(() => writer.write('x', encoding), { code: 'ERR_UNKNOWN_ENCODING' });
  t.throws(() => writer.setDefaultEncoding(encoding), { code: 'ERR_UNKNOWN_ENCODING' });
  t.equal(writer.destroyed, false);
});
