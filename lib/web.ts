/** smipc/web: channels as WHATWG streams. */
export { openReadableStream, openWritableStream } from './streams/web-streams.js';
