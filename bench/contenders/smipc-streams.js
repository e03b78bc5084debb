/** smipc's streams, as they come: of bytes, of messages. */
import { awaiting, streamReader, streamWriter } from './streams.js';

/** What both ends of a link are opened with. @param {import('./contender.js').Link} link */
export function placeOf({ path, capacity }) {
  const cut = path.lastIndexOf('/');
  return {
    name: path.slice(cut + 1),
    options: { dir: path.slice(0, cut), ...(capacity === undefined ? {} : { capacity }) },
  };
}

const load = () => import('../smipc.js');

/** @typedef {import('./contender.js').Link} Link */

export const openStreams = {
  /** @param {Link} link @param {object} extra */
  async writer(link, extra) {
    const place = placeOf(link);
    const { createWriteStream } = await load();
    return createWriteStream(place.name, { ...place.options, ...extra });
  },
  /** @param {Link} link @param {object} extra */
  async reader(link, extra) {
    const place = placeOf(link);
    const { createReadStream } = await load();
    return createReadStream(place.name, { ...place.options, ...extra });
  },
};

/**
 * @param {string} name @param {string} label @param {object} extra
 * @returns {import('./contender.js').Contender}
 */
export const smipcStreams = (name, label, extra) => ({
  name,
  label,
  openWriter: async (link) => streamWriter(await openStreams.writer(link, extra)),
  openReader: async (link) => streamReader(await openStreams.reader(link, extra)),
});

export const smipc = smipcStreams('smipc', 'smipc, streams', {});
export const smipcAwaiting = awaiting(smipc, (link) => openStreams.reader(link, {}));
export const smipcMessages = smipcStreams('smipc-messages', 'smipc, messages', { messages: true });

/** The reader's chunks are in the same memory again and again. */
export const smipcReuse = {
  ...smipc,
  name: 'smipc-reuse',
  label: 'smipc, reuse',
  openReader: async (/** @type {Link} */ link) =>
    streamReader(await openStreams.reader(link, { reuse: true })),
};

const kBufferBytes = 64 * 1024;

/** The reader has one buffer for all chunks, as with `net`'s option of that name. */
export const smipcOnread = {
  ...smipc,
  name: 'smipc-onread',
  label: 'smipc, onread',
  /** @param {Link} link */
  async openReader(link) {
    return {
      inPlace: false,
      /** @param {(chunk: Uint8Array) => void} onChunk */
      read(onChunk) {
        const callback = (/** @type {number} */ bytes, /** @type {Uint8Array} */ buffer) => {
          onChunk(buffer.subarray(0, bytes));
          return true;
        };
        const onread = { buffer: Buffer.allocUnsafeSlow(kBufferBytes), callback };
        void openStreams.reader(link, { onread });
      },
    };
  },
};
