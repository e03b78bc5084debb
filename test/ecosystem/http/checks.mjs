/** Libraries for HTTP, as a client and as a server over shared memory: none of them is patched. */
import { readdirSync } from 'node:fs';
import { installSmipc, mustSucceed } from '../harness.js';

/** @typedef {import('../harness.js').Project} Project */

const programs = readdirSync(new URL('.', import.meta.url)).filter((name) =>
  /\.program\.mjs$/.test(name),
);

export const checks = [
  { name: 'install', run: installSmipc },
  ...programs.map((program) => ({
    name: program.replace(/\..*/, ''),
    run: async (/** @type {Project} */ project) => {
      mustSucceed(await project.run(process.execPath, [program]), program);
    },
  })),
];
