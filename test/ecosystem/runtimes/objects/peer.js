// Runs in each runtime. `write` makes each value and serializes it; `read` deserializes what another has
// written. What comes of it is printed as JSON.
import { text } from 'node:stream/consumers';
import { structuredCloneSerializer } from '../../../../dist/index.js';
import { describe } from './describe.js';
import { kAbsent, values } from './values.js';

const { deserialize, serialize } = structuredCloneSerializer;

/**
 * Of a writer: the bytes, and what they stand for; or the error. Nothing: this runtime has no such value.
 * Of a reader: what arrived, or the error.
 * @typedef {{ bytes?: string, value?: string, error?: string }} Outcome
 */

/** @param {() => Outcome} act @returns {Outcome} */
function outcomeOf(act) {
  try {
    return act();
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    return { error: `${name}: ${message}` };
  }
}

/** @param {import('./values.js').Value} value @returns {Promise<Outcome>} */
async function write({ make, isSame }) {
  const value = await make();
  if (value === kAbsent) return {};
  return outcomeOf(() => {
    const bytes = Buffer.from(serialize(value)).toString('base64');
    return isSame ? { bytes, value: describe(value) } : { bytes };
  });
}

/** @param {string} bytes @returns {Outcome} */
function read(bytes) {
  return outcomeOf(() => ({ value: describe(deserialize(Buffer.from(bytes, 'base64'))) }));
}

/** @type {Record<string, Outcome>} */
const outcomes = {};
if (process.argv[2] === 'write') {
  for (const [name, value] of Object.entries(values)) outcomes[name] = await write(value);
} else {
  /** @type {Record<string, string>} */
  const messages = JSON.parse(await text(process.stdin));
  for (const [name, bytes] of Object.entries(messages)) outcomes[name] = read(bytes);
}
// Some of the values would keep the process.
process.stdout.write(JSON.stringify(outcomes), () => process.exit());
