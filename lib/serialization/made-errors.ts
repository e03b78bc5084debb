/** Errors as `node:v8` makes them of what it has written: none of their properties is enumerable. */
import { kErrorNames, unreadable } from './plain-format.js';

type ErrorKind = new (message?: string) => Error;

const kinds: ReadonlyMap<string, ErrorKind> = new Map(
  kErrorNames.map((name) => [name, kindOf(name)]),
);

function kindOf(name: (typeof kErrorNames)[number]): ErrorKind {
  // Its constructor takes something else first.
  if (name === 'AggregateError') return AggregateError.bind(undefined, []) as unknown as ErrorKind;
  return globalThis[name];
}

/** @throws Error if there is no such one */
export function makeError(
  name: string,
  message: string | undefined,
  stack: string | undefined,
): Error {
  const Kind = kinds.get(name);
  if (Kind === undefined) throw unreadable(`has an unknown kind of error (${name.slice(0, 40)})`);
  const error = withoutStack(() => new Kind(message));
  setHidden(error, 'stack', stack);
  return error;
}

export function makeDomException(
  name: string,
  message: string | undefined,
  stack: string | undefined,
): Error {
  const error = withoutStack(() => new DOMException(message, name));
  setHidden(error, 'stack', stack);
  return error;
}

/** The stack of this function is of no use, and costs more than everything else about an error. */
function withoutStack(make: () => Error): Error {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  // It may be frozen, or not be there: then it stays as it is.
  const isSet = limit?.writable === true && Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make();
  } finally {
    if (isSet) Reflect.set(Error, 'stackTraceLimit', limit.value);
  }
}

export function setHidden(error: Error, name: 'cause' | 'errors' | 'stack', value: unknown): void {
  Object.defineProperty(error, name, hidden(value));
}

function hidden(value: unknown): PropertyDescriptor {
  // Without a prototype, so that nothing else describes it.
  return { __proto__: null, value, writable: true, enumerable: false, configurable: true } as never;
}
