/** Errors for a value that cannot be written, and for a message that cannot be read. */

/**
 * The error that the structured clone algorithm throws.
 * @param what could not be cloned
 * @param why begins with a colon, if there is more to say
 */
export function notCloneable(what: string, why = ''): DOMException {
  return new DOMException(`${what} could not be cloned${why}.`, 'DataCloneError');
}

/** What is wrong with a message that cannot be read. */
export class Unreadable extends Error {}

/** @param what the text that follows "the message" */
export function unreadable(what: string): Error {
  return new Unreadable(`the message ${what}`);
}

/** What a caught value says. It may be an Error of another realm. */
export function textOf(error: unknown): string {
  const message = (error as Partial<Error> | undefined | null)?.message;
  return typeof message === 'string' ? message : String(error);
}
