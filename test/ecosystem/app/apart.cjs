// What each test file does that has a directory of its own: it uses a name that the others use at the same
// time, with a child process as its peer.
const { execFileSync } = require('node:child_process');
const { randomUUID } = require('node:crypto');
const { appendFileSync } = require('node:fs');

const kReader = `
  const { createReadStream } = require('smipc');
  createReadStream('name').pipe(process.stdout);
`;

/** @param {typeof import('smipc')} smipc */
exports.apart = (smipc) => {
  const text = randomUUID();
  smipc.createWriteStream('name').end(text);
  const options = /** @type {const} */ ({ env: process.env, encoding: 'utf8' });
  const read = execFileSync(process.execPath, ['-e', kReader], options);
  if (read !== text) throw new Error(`the text of another file: ${read}`);
  appendFileSync('directories', `${process.env.SMIPC_DIR}\n`);
};
