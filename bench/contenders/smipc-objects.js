/** smipc's streams of objects: with the serializer they come with, and with others. */
import { deserialize, serialize } from 'node:v8';
import { openStreams, smipcStreams } from './smipc-streams.js';
import { streamReader, streamWriter } from './streams.js';

export const smipcObjects = smipcStreams('smipc-objects', 'smipc, objects', { objectMode: true });

/**
 * What the default one leaves to `node:v8`, it leaves to the same calls: this is how fast values are
 * that are not plain.
 */
export const smipcObjectsV8 = smipcStreams('smipc-objects-v8', 'smipc, objects by node:v8', {
  objectMode: true,
  serializer: { serialize, deserialize },
});

/** A library. It loses what is no JSON and no Date, unless told otherwise. */
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
