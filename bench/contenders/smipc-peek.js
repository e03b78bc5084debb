/** smipc without copies: the producer writes in the ring, and the consumer reads there. */
import { openEnd } from './smipc-channels.js';

/** @typedef {import('../../dist/index.js').Channel} Channel */
/** @typedef {(view: Uint8Array) => number} UseView */

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

/** @param {(chunk: Uint8Array) => void} onChunk @returns {UseView} */
const seeing = (onChunk) => (view) => {
  onChunk(view);
  return view.length;
};

/**
 * `write` and `readOn` are all in which two of them differ: how they wait.
 * @param {string} name @param {string} label
 * @param {(channel: Channel, size: number, fill: UseView) => true | Promise<unknown>} write
 * @param {(channel: Channel, see: UseView) => unknown} readOn
 * @returns {import('./contender.js').Contender}
 */
const inTheRing = (name, label, write, readOn) => ({
  name,
  label,
  async openWriter(link) {
    const channel = await open(link, 'w');
    const filling = new Filling();
    return {
      write(source) {
        filling.source = source;
        return write(channel, source.size, filling.fill);
      },
    };
  },
  async openReader(link) {
    const channel = await open(link, 'r');
    return {
      inPlace: true,
      read: (onChunk) => readOn(channel, seeing(onChunk)),
    };
  },
});

export const smipcPeek = inTheRing(
  'smipc-peek',
  'smipc, reserve/peek',
  (channel, size, fill) => channel.tryReserve(size, fill) > 0 || channel.reserve(size, fill),
  async (channel, see) => {
    for (;;) {
      await channel.peek(see);
      while (channel.tryPeek(see) > 0);
    }
  },
);

export const smipcPeekSync = inTheRing(
  'smipc-peek-sync',
  'smipc, reserveSync/peekSync',
  (channel, size, fill) => {
    channel.reserveSync(size, fill);
    return true;
  },
  (channel, see) => {
    for (;;) channel.peekSync(see);
  },
);
