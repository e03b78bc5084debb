// Web streams. In two terminals, in any order:
//   node examples/web/reader.js [CHANNEL]      node examples/web/writer.js [CHANNEL]
import { openReadableStream } from 'smipc/web';

const [name = 'web-example'] = process.argv.slice(2);

const text = openReadableStream(name)
  .pipeThrough(new DecompressionStream('gzip'))
  .pipeThrough(new TextDecoderStream());
for await (const part of text) process.stdout.write(part);
