/**
 * Servers and clients of other libraries over the sockets of smipc: `main.mjs`, which also plays them over
 * Unix sockets, to compare. One check for each file of rows/.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installSmipc, mustSucceed } from '../harness.js';

/** @typedef {import('../harness.js').Project} Project */

const files = readdirSync(join(import.meta.dirname, 'rows')).map((file) => file.slice(0, -4));

/** @param {string} file */
const tries = (file) => ({
  name: file,
  run: async (/** @type {Project} */ { run }) => {
    const env = { TRANSPORT: 'smipc', QUICK: '1' };
    mustSucceed(await run(process.execPath, ['main.mjs', file], { env }), file);
  },
});

export const checks = [
  { name: 'npm install smipc', run: (/** @type {Project} */ project) => installSmipc(project) },
  ...files.map(tries),
];
