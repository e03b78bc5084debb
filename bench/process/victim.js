/** Holds one end of a channel until it is killed: `node victim.js writer|reader <directory> <name>`. */
import { createReadStream, createWriteStream } from '../smipc.js';

const [role, dir = '', name = ''] = process.argv.slice(2);
const stream =
  role === 'writer' ? createWriteStream(name, { dir }) : createReadStream(name, { dir });
stream.on('data', () => {}).on('error', () => {});
setInterval(() => {}, 1000);
await stream.waitForPeer();
process.stdout.write('ready');
