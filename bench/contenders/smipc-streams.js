/** smipc's streams, as they come: of bytes, of messages, of objects. */
import { streamReader, streamWriter } from './streams.js';

/** What both ends of a link are opened with. @param {import('./contender.js').Link} link */
export function placeOf({ path, capacity }) {
  const cut = path.lastIndexOf('/');
  return {
    name: path.slice(cut + 1),
    options: { dir: path.slice(0, cut), ...(capacity === undefined ? {} : { capacity }) },
  };
}

const load = () => import('../smipc.js');

/**
 * @param {string} name @param {string} label @param {object} extra
 * @returns {import('./contender.js').Contender}
 */
function streams(name, label, extra) {
  return {
    name,
    label,
    async openWriter(link) {
      const place = placeOf(link);
      const { createWriteStream } = await load();
      return streamWriter(createWriteStream(place.name, { ...place.options, ...extra }));
    },
    async openReader(link) {
      const place = placeOf(link);
      const { createReadStream } = await load();
      return streamReader(createReadStream(place.name, { ...place.options, ...extra }));
    },
  };
}

export const smipc = streams('smipc', 'smipc, streams', {});
export const smipcMessages = streams('smipc-messages', 'smipc, messages', { messages: true });
export const smipcObjects = streams('smipc-objects', 'smipc, objects', { objectMode: true });

const kBufferBytes = 64 * 1024;

/** The reader has one buffer for all chunks, as with `net`'s option of that name. */
export const smipcOnread = {
  ...smipc,
  name: 'smipc-onread',
  label: 'smipc, onread',
  async missing() {
    const { createReadStream } = await load();
    try {
      // A build that does not know the option does not look at it.
      const onread = /** @type {any} */ (1);
      createReadStream('none', { onread, create: 'never' })
        .on('error', () => {})
        .destroy();
    } catch {
      return undefined;
    }
    return "this build's createReadStream() has no option onread";
  },
  /** @param {import('./contender.js').Link} link */
  async openReader(link) {
    const place = placeOf(link);
    const { createReadStream } = await load();
    return {
      inPlace: false,
      /** @param {(chunk: Uint8Array) => void} onChunk */
      read(onChunk) {
        const callback = (/** @type {number} */ bytes, /** @type {Uint8Array} */ buffer) => {
          onChunk(buffer.subarray(0, bytes));
          return true;
        };
        const onread = { buffer: Buffer.allocUnsafeSlow(kBufferBytes), callback };
        createReadStream(place.name, { ...place.options, onread });
      },
    };
  },
};
