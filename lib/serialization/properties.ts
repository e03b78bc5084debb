/** Gives properties to objects that were received. No setter is called. */

/** For a key that comes twice, or is inherited, as __proto__ is: never fails. */
export function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, property(value, true));
}

/** Properties of an error, as `node:v8` makes them. */
export function setHidden(error: Error, name: 'cause' | 'errors' | 'stack', value: unknown): void {
  Object.defineProperty(error, name, property(value, false));
}

function property(value: unknown, enumerable: boolean): PropertyDescriptor {
  // Without a prototype, so that a changed Object.prototype adds nothing.
  return { __proto__: null, value, writable: true, enumerable, configurable: true } as never;
}
