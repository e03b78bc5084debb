/** Makes errors that were received, as `node:v8` does: none of their properties is enumerable. */
import { kErrorNames } from './plain-format.js';
import { setHidden } from './properties.js';
import { unreadable } from './refusals.js';

type ErrorKind = new (message?: string) => Error;

const kinds: ReadonlyMap<string, ErrorKind> = new Map(
  kErrorNames.map((name) => [name, kindOf(name)]),
);

function kindOf(name: (typeof kErrorNames)[number]): ErrorKind {
  // Its constructor takes the errors before the message.
  if (name === 'AggregateError') return AggregateError.bind(undefined, []) as unknown as ErrorKind;
  return globalThis[name];
}

/** @throws Error if no Error has that name */
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

/** Makes an error without capturing a stack, which costs the most and would be replaced anyway. */
function withoutStack(make: () => Error): Error {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  // The property may be frozen, or missing: then it stays as it is.
  const isSet = limit?.writable === true && Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make();
  } finally {
    if (isSet) Reflect.set(Error, 'stackTraceLimit', limit.value);
  }
}
