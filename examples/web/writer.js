// Web streams. In two terminals, in any order:
//   node examples/web/reader.js [CHANNEL]      node examples/web/writer.js [CHANNEL]
import { openWritableStream } from 'smipc/web';

const [name = 'web-example'] = process.argv.slice(2);

await ReadableStream.from(['one line\n', 'another line\n', 'the last line\n'])
  .pipeThrough(new TextEncoderStream())
  .pipeThrough(new CompressionStream('gzip'))
  .pipeTo(openWritableStream(name));
