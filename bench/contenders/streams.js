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

/** Of a program whose listener is `async`, and awaits something before it is done. @type {typeof streamReader} */
export function asyncReader(stream) {
  return {
    read(onChunk) {
      stream.on('data', async (chunk) => {
        await Promise.resolve();
        onChunk(chunk);
      });
    },
  };
}

/** Of a program that iterates. @type {typeof streamReader} */
export function loopReader(stream) {
  return {
    async read(onChunk) {
      for await (const chunk of stream) onChunk(chunk);
    },
  };
}

/**
 * The same contender for programs that await.
 * @param {import('./contender.js').Contender} contender
 * @param {(link: import('./contender.js').Link) => Promise<import('node:stream').Readable>} open
 * @returns {import('./contender.js').Contender[]}
 */
export const awaiting = (contender, open) => [
  {
    ...contender,
    name: `${contender.name}-async`,
    label: `${contender.label}, async listener`,
    openReader: async (link) => asyncReader(await open(link)),
  },
  {
    ...contender,
    name: `${contender.name}-loop`,
    label: `${contender.label}, for await`,
    openReader: async (link) => loopReader(await open(link)),
  },
];
