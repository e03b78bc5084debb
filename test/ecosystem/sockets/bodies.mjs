/** Large bodies whose production can be watched, so that it shows whether a slow reader holds it back. */
import { createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';

const kPiece = 1 << 16;
/** Not a multiple of anything. */
export const kBytes = (8 << 20) + 12_345;

/** Each piece another one, and none that can be compressed. @param {number} index @param {number} length */
function piece(index, length) {
  const start = Buffer.alloc(16);
  start.writeUInt32BE(index);
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), start).update(Buffer.alloc(length));
}

export const whole = () => {
  const pieces = [];
  for (let at = 0; at < kBytes; at += kPiece) {
    pieces.push(piece(at / kPiece, Math.min(kPiece, kBytes - at)));
  }
  return Buffer.concat(pieces);
};

/** How many bytes of the last source have been taken. */
let taken = 0;
export const produced = () => taken;

/** A body of kBytes, made piece by piece as it is read. */
export function source() {
  taken = 0;
  return Readable.from(
    (function* () {
      for (let at = 0; at < kBytes; at += kPiece) {
        const bytes = piece(at / kPiece, Math.min(kPiece, kBytes - at));
        taken += bytes.length;
        yield bytes;
      }
    })(),
    { objectMode: false, highWaterMark: kPiece },
  );
}

/** @param {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} bytes */
export async function digest(bytes) {
  const hash = createHash('sha256');
  for await (const part of bytes) hash.update(part);
  return hash.digest('hex');
}

export const expectedDigest = () => digest([whole()]);

/**
 * A whole body of a stream that goes on after it.
 * @param {import('node:stream').Readable} stream
 */
export async function* oneBody(stream) {
  let left = kBytes;
  for await (const bytes of stream.iterator({ destroyOnReturn: false })) {
    yield bytes;
    left -= bytes.length;
    if (left <= 0) return;
  }
}
