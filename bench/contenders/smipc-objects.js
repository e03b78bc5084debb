/** smipc's streams of objects: with the serializer they come with, and with one that is plugged in. */

import { openStreams, smipcStreams } from './smipc-streams.js';
import { streamReader, streamWriter } from './streams.js';

export const smipcObjects = smipcStreams('smipc-objects', 'smipc, objects', { objectMode: true });

/** A third of the time of `node:v8`, but it loses what is no JSON and no Date, unless told otherwise. */
async function msgpackr() {
  const { Packr } = await import('msgpackr');
  const packr = new Packr({ useRecords: false, moreTypes: true });
  const serializer = {
    serialize: (/** @type {unknown} */ value) => packr.pack(value),
    deserialize: (/** @type {Uint8Array} */ bytes) => packr.unpack(bytes),
  };
  return { objectMode: true, serializer };
}

/** @type {import('./contender.js').Contender} */
export const smipcObjectsMsgpackr = {
  name: 'smipc-objects-msgpackr',
  label: 'smipc, objects by msgpackr',
  openWriter: async (link) => streamWriter(await openStreams.writer(link, await msgpackr())),
  openReader: async (link) => streamReader(await openStreams.reader(link, await msgpackr())),
};
