// tar | gzip, in two processes. In two terminals, in any order:
//   node examples/tar-gzip/tar.js DIRECTORY [CHANNEL]
//   node examples/tar-gzip/gzip.js FILE.tar.gz [CHANNEL]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { createWriteStream } from 'smipc';

const [directory = '.', name = 'tar-gzip-example'] = process.argv.slice(2);
const tar = spawn('tar', ['-c', '-C', directory, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });

async function* archive() {
  const exit = once(tar, 'exit');
  yield* tar.stdout;
  const [code] = await exit;
  // Then the channel is not ended but aborted, and half an archive is not taken for a whole one.
  if (code !== 0) throw new Error(`tar failed with exit code ${code}`);
}

await pipeline(archive, createWriteStream(name));
