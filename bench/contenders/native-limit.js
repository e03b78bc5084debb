/** The limit: two native processes that copy in and out of a ring, and spin. */
import { fileURLToPath } from 'node:url';
import { kBinary, whyNoBinary } from '../native-limit/build.js';

/** @param {'warm' | 'rotating'} destination */
function nativeLimit(destination) {
  const impossible = async () => {
    throw new Error('the native limit is a program of its own');
  };
  return {
    name: `native-${destination}`,
    label: `native limit, ${destination} destination`,
    missing: whyNoBinary,
    carries: (/** @type {number} */ size) => size <= 1024 * 1024,
    /** @param {{ size: number, warmUpMs: number, measureMs: number }} task @returns {[string, string[]]} */
    program({ size, warmUpMs, measureMs }) {
      return [fileURLToPath(kBinary), [destination, ...[size, warmUpMs, measureMs].map(String)]];
    },
    openWriter: impossible,
    openReader: impossible,
  };
}

export const nativeWarm = nativeLimit('warm');
export const nativeRotating = nativeLimit('rotating');
