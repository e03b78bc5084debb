/** smipc without copies: the producer writes in the ring, and the consumer reads there. */
import { openEnd } from './smipc-channels.js';

/** A whole chunk must fit in the ring, and while one is made others are to be read. */
const kChunksInRing = 4;
const kLeastCapacity = 1024 * 1024;

/** @param {import('./contender.js').Link} link @param {'r' | 'w'} mode */
function open(link, mode) {
  const capacity = link.capacity ?? Math.max(kLeastCapacity, kChunksInRing * link.size);
  return openEnd({ ...link, capacity }, mode);
}

/** `source` does not change from call to call; so one function is enough. */
class Filling {
  /** @type {import('./contender.js').Source | undefined} */
  source;

  /** @param {Uint8Array} view */
  fill = (view) => {
    this.source?.fill(view);
    return view.length;
  };
}

/** @param {(chunk: Uint8Array) => void} onChunk @returns {(view: Uint8Array) => number} */
const seeing = (onChunk) => (view) => {
  onChunk(view);
  return view.length;
};

/** @type {import('./contender.js').Contender} */
export const smipcPeek = {
  name: 'smipc-peek',
  label: 'smipc, reserve/peek',
  async openWriter(link) {
    const channel = await open(link, 'w');
    const filling = new Filling();
    return {
      write(source) {
        filling.source = source;
        if (channel.tryReserve(source.size, filling.fill) > 0) return true;
        return channel.reserve(source.size, filling.fill);
      },
    };
  },
  async openReader(link) {
    const channel = await open(link, 'r');
    return {
      inPlace: true,
      async read(onChunk) {
        const see = seeing(onChunk);
        for (;;) {
          await channel.peek(see);
          while (channel.tryPeek(see) > 0);
        }
      },
    };
  },
};

/** @type {import('./contender.js').Contender} */
export const smipcPeekSync = {
  name: 'smipc-peek-sync',
  label: 'smipc, reserveSync/peekSync',
  async openWriter(link) {
    const channel = await open(link, 'w');
    const filling = new Filling();
    return {
      write(source) {
        filling.source = source;
        channel.reserveSync(source.size, filling.fill);
        return true;
      },
    };
  },
  async openReader(link) {
    const channel = await open(link, 'r');
    return {
      inPlace: true,
      read(onChunk) {
        const see = seeing(onChunk);
        for (;;) channel.peekSync(see);
      },
    };
  },
};
