// A program that moves bytes and objects from an end to the other one, and says so.
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { createReadStream, createWriteStream } from 'smipc';
import { openReadableStream } from 'smipc/web';

const name = `app-${process.pid}`;
const kBytes = 3_000_000;

async function main() {
  createWriteStream(name).end('x'.repeat(kBytes));
  assert.equal((await text(createReadStream(name))).length, kBytes);

  createWriteStream(name).end('web');
  assert.equal(await text(openReadableStream(name)), 'web');

  const objects = createWriteStream(name, { objectMode: true });
  objects.write({ id: 1, at: new Date(5), body: new Uint8Array(100_000) });
  objects.end(new Map([['id', 2]]));
  const [first, second] = await createReadStream(name, { objectMode: true }).toArray();
  assert.deepEqual([first.id, first.at.getTime(), first.body.length], [1, 5, 100_000]);
  assert.equal(second.get('id'), 2);
  console.log('moved');
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
