/** Errors for a value that cannot be written, and for a message that cannot be read. */

/** The error that the structured clone algorithm throws. */
export function notCloneable(text: string): DOMException {
  return new DOMException(text, 'DataCloneError');
}

/** What is wrong with a message that cannot be read. */
export class Unreadable extends Error {}

/** @param what the text that follows "the message" */
export function unreadable(what: string): Error {
  return new Unreadable(`the message ${what}`);
}
