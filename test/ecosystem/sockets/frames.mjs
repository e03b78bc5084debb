/** The plainest protocol with an answer to each request: a length, and so many bytes. */

/** @param {import('node:stream').Writable} stream @param {string | Uint8Array} content */
export function writeFrame(stream, content) {
  const bytes = Buffer.from(content);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(bytes.length);
  stream.cork();
  stream.write(head);
  stream.write(bytes);
  stream.uncork();
}

/** @param {import('node:stream').Readable} stream @returns {AsyncGenerator<Buffer>} */
export async function* frames(stream) {
  let rest = Buffer.alloc(0);
  for await (const bytes of stream) {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0);
      yield rest.subarray(4, end);
      rest = rest.subarray(end);
    }
  }
}

/**
 * Requests by frames, answered in order.
 * @param {import('node:stream').Readable} stream
 * @param {import('node:stream').Writable} to the same, if it is a Duplex
 * @returns {(text: string | Uint8Array) => Promise<Buffer>}
 */
export function asker(stream, to) {
  /** @type {{ resolve: (bytes: Buffer) => void, reject: (error: unknown) => void }[]} */
  const asked = [];
  const read = async () => {
    try {
      for await (const answer of frames(stream)) asked.shift()?.resolve(answer);
      throw Object.assign(new Error('the stream ended'), { code: 'ended' });
    } catch (error) {
      for (const { reject } of asked.splice(0)) reject(error);
    }
  };
  read();
  return (content) =>
    new Promise((resolve, reject) => {
      asked.push({ resolve, reject });
      writeFrame(to, content);
    });
}

/** Resolves at 'close', after whatever error. @param {import('node:events').EventEmitter} emitter */
export const closeOf = (emitter) => new Promise((resolve) => emitter.once('close', resolve));
