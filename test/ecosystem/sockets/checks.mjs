/**
 * Servers and clients of other libraries over the sockets of smipc, and over Unix sockets, which they are
 * measured against: `main.mjs`. One check for each file of rows/ and way to connect.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installSmipc, mustSucceed } from '../harness.js';

/** @typedef {import('../harness.js').Project} Project */

const files = readdirSync(join(import.meta.dirname, 'rows')).map((file) => file.slice(0, -4));

/** @param {string} transport @param {string} file */
const tries = (transport, file) => ({
  name: `${file} over ${transport}`,
  run: async (/** @type {Project} */ { run }) => {
    const env = { TRANSPORT: transport, QUICK: '1' };
    mustSucceed(await run(process.execPath, ['main.mjs', file], { env }), file);
  },
});

export const checks = [
  { name: 'npm install smipc', run: (/** @type {Project} */ project) => installSmipc(project) },
  ...['unix', 'smipc'].flatMap((transport) => files.map((file) => tries(transport, file))),
];
