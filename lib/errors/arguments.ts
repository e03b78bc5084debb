/** Checks of what callers pass in. What is wrong throws an error with Node's own code and words. */

function withCode<E extends Error>(error: E, code: string): E {
  return Object.assign(error, { code });
}

function show(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > 80 ? `a string of ${value.length} characters` : JSON.stringify(value);
  }
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) {
    return `an instance of ${value.constructor?.name ?? 'Object'}`;
  }
  return String(value);
}

/**
 * `dir` is an argument, `options.dir` a property, `fn()` what a function of the caller's returned.
 */
function subject(name: string): string {
  if (name.endsWith(')')) return `The value returned by "${name}"`;
  return `The "${name}" ${name.includes('.') ? 'property' : 'argument'}`;
}

export function invalidArgType(name: string, expected: string, value: unknown): TypeError {
  const text = `${subject(name)} must be ${expected}. Received ${show(value)}`;
  return withCode(new TypeError(text), 'ERR_INVALID_ARG_TYPE');
}

export function invalidArgValue(name: string, reason: string, value: unknown): TypeError {
  const text = `${subject(name)} ${reason}. Received ${show(value)}`;
  return withCode(new TypeError(text), 'ERR_INVALID_ARG_VALUE');
}

export function outOfRange(name: string, range: string, value: unknown): RangeError {
  const text = `The value ${name.endsWith(')') ? 'returned by' : 'of'} "${name}" is out of range. It must be ${range}. Received ${String(value)}`;
  return withCode(new RangeError(text), 'ERR_OUT_OF_RANGE');
}

/** A whole number between `min` and `max`, both included. */
export function checkInteger(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number') throw invalidArgType(name, 'a number', value);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw outOfRange(name, `an integer >= ${min} and <= ${max}`, value);
  }
  return value;
}

/** Milliseconds of a timer, as Node checks them: fractions are allowed, and what is too long is `most`. */
export function checkDuration(name: string, value: unknown, most: number): number {
  if (typeof value !== 'number') throw invalidArgType(name, 'a number', value);
  if (!Number.isFinite(value) || value < 0) {
    throw outOfRange(name, 'a non-negative finite number', value);
  }
  return Math.min(value, most);
}

export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidArgType(name, 'a boolean', value);
  return value;
}

export function checkObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw invalidArgType(name, 'an object', value);
}

export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidArgType(name, 'a function', value);
}

export function checkSignal(name: string, value: unknown): AbortSignal {
  // Not by its class: a signal may come from another realm, such as jsdom's.
  const signal = value as Partial<AbortSignal> | null | undefined;
  const isSignal =
    typeof signal === 'object' &&
    signal !== null &&
    'aborted' in signal &&
    typeof signal.addEventListener === 'function' &&
    typeof signal.removeEventListener === 'function';
  if (!isSignal) throw invalidArgType(name, 'an instance of AbortSignal', value);
  return signal as AbortSignal;
}

export function checkOneOf<T>(name: string, value: unknown, allowed: readonly T[]): T {
  if (!allowed.includes(value as T)) {
    const list = allowed.map((one) => `'${one}'`).join(', ');
    throw invalidArgValue(name, `must be one of ${list}`, value);
  }
  return value as T;
}
