/** smipc's `Channel`: calls that return promises, and calls that block. */
import { placeOf } from './smipc-streams.js';

const kBufferBytes = 64 * 1024;

/** @param {import('./contender.js').Link} link @param {'r' | 'w'} mode */
export async function openEnd(link, mode) {
  const place = placeOf(link);
  const { openChannel } = await import('../smipc.js');
  return openChannel(place.name, mode, place.options);
}

const always = () => true;

export const smipcChannel = {
  name: 'smipc-channel',
  label: 'smipc, await write/read',
  /** @param {import('./contender.js').Link} link */
  async openWriter(link) {
    const channel = await openEnd(link, 'w');
    return {
      write: (/** @type {import('./contender.js').Source} */ source) =>
        channel.write(source.next(always)),
    };
  },
  /** @param {import('./contender.js').Link} link */
  async openReader(link) {
    const channel = await openEnd(link, 'r');
    const buffer = Buffer.allocUnsafeSlow(kBufferBytes);
    return {
      /** @param {(chunk: Uint8Array) => void} onChunk */
      async read(onChunk) {
        for (;;) onChunk(buffer.subarray(0, await channel.read(buffer)));
      },
    };
  },
};

export const smipcSync = {
  name: 'smipc-sync',
  label: 'smipc, writeSync/readSync',
  /** @param {import('./contender.js').Link} link */
  async openWriter(link) {
    const channel = await openEnd(link, 'w');
    return {
      write(/** @type {import('./contender.js').Source} */ source) {
        channel.writeSync(source.next(always));
        return true;
      },
    };
  },
  /** @param {import('./contender.js').Link} link */
  async openReader(link) {
    const channel = await openEnd(link, 'r');
    const buffer = Buffer.allocUnsafeSlow(kBufferBytes);
    return {
      /** @param {(chunk: Uint8Array) => void} onChunk */
      read(onChunk) {
        for (;;) onChunk(buffer.subarray(0, channel.readSync(buffer)));
      },
    };
  },
};
