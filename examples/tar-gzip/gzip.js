// tar | gzip, in two processes. In two terminals, in any order:
//   node examples/tar-gzip/tar.js DIRECTORY [CHANNEL]
//   node examples/tar-gzip/gzip.js FILE.tar.gz [CHANNEL]
import fs from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { createReadStream } from 'smipc';

const [file = 'example.tar.gz', name = 'tar-gzip-example'] = process.argv.slice(2);

try {
  await pipeline(createReadStream(name), createGzip(), fs.createWriteStream(file));
} catch (error) {
  fs.rmSync(file, { force: true });
  throw error;
}
