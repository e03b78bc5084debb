/**
 * shared-memory-disruptor, as its own benchmark uses it: calls that spin. They block the thread, and
 * keep two processors busy.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const kRingBytes = 1024 * 1024;
/** Its elements have one size. With fewer of them the two sides would wait for each other. */
const kLeastElements = 4;
const kWriterOnly = -1;

/**
 * @param {import('./contender.js').Link} link
 * @param {{ consumer: number, makes: boolean }} role
 */
async function open({ path, size }, { consumer, makes }) {
  const { default: library } = await import('shared-memory-disruptor');
  const elements = Math.max(kLeastElements, Math.floor(kRingBytes / size));
  return new library.Disruptor(nameOf(path), elements, size, 1, consumer, makes, true);
}

/** It stands in the system's directory for shared memory, and has no directories in it. @param {string} path */
const nameOf = (path) => `/${path.slice(1).replaceAll('/', '.')}`;

/** @type {import('./contender.js').Contender} */
export const disruptor = {
  name: 'disruptor',
  label: 'shared-memory-disruptor',
  async openWriter(link) {
    // The reader makes it, and says so when it is done: opened half made, it would be cleared.
    while (!existsSync(`${link.path}.made`)) await delay(2);
    const ring = await open(link, { consumer: kWriterOnly, makes: false });
    // Both have it open.
    rmSync(`/dev/shm${nameOf(link.path)}`);
    return {
      write(source) {
        source.fill(ring.produceClaimSync());
        ring.produceCommitSync();
        return true;
      },
    };
  },
  async openReader(link) {
    const ring = await open(link, { consumer: 0, makes: true });
    writeFileSync(`${link.path}.made`, '');
    return {
      inPlace: true,
      read(onChunk) {
        for (;;) {
          for (const elements of ring.consumeNewSync()) onChunk(elements);
          ring.consumeCommit();
        }
      },
    };
  },
};
