/** The ends of contenders that are Node streams. */

/** @param {import('node:stream').Writable} stream @returns {import('./contender.js').Writer} */
export function streamWriter(stream) {
  const isIdle = () => stream.writableLength === 0;
  return {
    write(source) {
      if (stream.write(source.next(isIdle))) return true;
      return new Promise((resolve) => {
        stream.once('drain', resolve);
      });
    },
  };
}

/** @param {import('node:stream').Readable} stream @returns {import('./contender.js').Reader} */
export function streamReader(stream) {
  return { read: (onChunk) => stream.on('data', onChunk) };
}
