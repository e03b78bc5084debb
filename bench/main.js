/** `npm run bench`: measures smipc and its contenders. README.md says how. */
import { parseArgs } from 'node:util';
import { allParts, plannedSeconds, runPart } from './parts/index.js';
import { Session } from './session.js';

const kUsage = `usage: npm run bench -- [part…] [--rounds N] [--sizes 64,65536] [--contenders a,b] [--no-touch]
parts: ${allParts.join(', ')}; without any: all of them`;

/** @returns {never} */
function leaveWithUsage() {
  console.error(kUsage);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '5' },
        sizes: { type: 'string' },
        contenders: { type: 'string' },
        'no-touch': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    return leaveWithUsage();
  }
}

const { values, positionals } = readArguments();
const rounds = Number(values.rounds);
const sizes = values.sizes?.split(',').map(Number);
const areNumbers = [rounds, ...(sizes ?? [])].every((n) => Number.isSafeInteger(n) && n > 0);
const areParts = positionals.every((part) => allParts.includes(part));
if (values.help || !areNumbers || !areParts) leaveWithUsage();

const parts = positionals.length > 0 ? positionals : allParts;
const contenders = values.contenders?.split(',');
const session = new Session({ rounds, sizes, contenders, touch: !values['no-touch'] });
const seconds = await plannedSeconds(session, parts);
console.log(`${parts.join(', ')}: about ${Math.ceil(seconds / 60)} min`);
for (const part of parts) await runPart(session, part);
process.exitCode = session.hasFailed ? 1 : 0;
