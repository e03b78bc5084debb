/** Objects of about a kilobyte, as a program might send them. */

/** What counts as its size: the bytes of one, as `node:v8` serializes it, are about as many. */
export const kObjectBytes = 1024;
const kText = 'The quick brown fox jumps over the lazy dog. '.repeat(16);

/** The producer's objects. Each is new, and has a number. */
export class ObjectSource {
  size = kObjectBytes;
  #count = 0;

  /** An object: nobody writes in it afterwards. */
  next() {
    const id = this.#count++;
    return {
      id,
      at: new Date(1.7e12 + id),
      kind: 'measurement',
      tags: ['a', 'b', 'c'],
      values: [id, id / 2, id / 3, id / 4],
      place: { x: id % 640, y: id % 480, name: `sensor-${id % 100}` },
      text: kText,
    };
  }

  alone() {
    return this.next();
  }
}

/** The consumer's side: fails at an object that is not the next one, or not whole. */
export class ObjectCheck {
  #count = 0;

  /** @param {ReturnType<ObjectSource['next']>} object */
  accept(object) {
    const { id, at, text, values } = object;
    const isRight = id === this.#count && at.getTime() === 1.7e12 + id && values.length === 4;
    if (!isRight || text !== kText) throw new Error(`object ${this.#count} came wrong`);
    this.#count++;
    return kObjectBytes;
  }
}
