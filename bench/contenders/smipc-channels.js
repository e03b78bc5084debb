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

/** @type {import('./contender.js').Contender} */
export const smipcChannel = {
  name: 'smipc-channel',
  label: 'smipc, await write/read',
  async openWriter(link) {
    const channel = await openEnd(link, 'w');
    return {
      write: (source) => channel.write(source.next(always)),
    };
  },
  async openReader(link) {
    const channel = await openEnd(link, 'r');
    const buffer = Buffer.allocUnsafeSlow(kBufferBytes);
    return {
      async read(onChunk) {
        for (;;) onChunk(buffer.subarray(0, await channel.read(buffer)));
      },
    };
  },
};

/** @type {import('./contender.js').Contender} */
export const smipcSync = {
  name: 'smipc-sync',
  label: 'smipc, writeSync/readSync',
  async openWriter(link) {
    const channel = await openEnd(link, 'w');
    return {
      write(source) {
        channel.writeSync(source.next(always));
        return true;
      },
    };
  },
  async openReader(link) {
    const channel = await openEnd(link, 'r');
    const buffer = Buffer.allocUnsafeSlow(kBufferBytes);
    return {
      read(onChunk) {
        for (;;) onChunk(buffer.subarray(0, channel.readSync(buffer)));
      },
    };
  },
};
