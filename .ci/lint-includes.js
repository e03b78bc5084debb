/**
 * Checks what the files of native/ include: `npm run lint:native`. docs/architecture.md has the
 * floors. The exit code is 1 if a file includes what it must not.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const kRoot = join(import.meta.dirname, '..', 'native');

/** From the ground up; a file includes its own floor and those below it. `''`: native/ itself. */
const kFloors = ['', 'core', 'platform', 'waiting', 'channel', 'session', 'node'];
/** Back ends in platform/, with those whose files they may use. */
const kBackEnds = { stub: [], posix: [], linux: ['posix'] };
/** Not of the C++ library, but of the compiler: for single instructions of a processor. */
const kCompilerHeaders = ['cpuid.h'];
const kNodeHeaders = ['napi.h', 'node_api.h'];
/** Of the C++ library, but what it means is up to the system. */
const kSystemsOwn = ['cerrno', 'csignal'];

const complaints = [];

for (const file of readdirSync(kRoot, { recursive: true }).sort()) {
  if (!/\.(cc|h)$/.test(file)) continue;
  const lines = readFileSync(join(kRoot, file), 'utf8').split('\n');
  lines.forEach((line, index) => {
    const [, quote, included] = /^\s*#\s*include\s*([<"])([^>"]+)/.exec(line) ?? [];
    if (included === undefined) return;
    const reason = quote === '"' ? whyNotOurs(file, included) : whyNotSystems(file, included);
    if (reason !== undefined) {
      complaints.push(`native/${file}:${index + 1}: ${included}: ${reason}`);
    }
  });
}

if (complaints.length > 0) {
  console.error(complaints.join('\n'));
  process.exitCode = 1;
}

/** Why `file` must not include that file of ours; undefined: it may. */
function whyNotOurs(file, included) {
  if (!existsSync(join(kRoot, included)))
    return 'no such file in native/; name it by its path there';
  const [here, there] = [floorOf(file), floorOf(included)];
  if (here === -1 || there === -1) return 'is on no floor: kFloors in .ci/lint-includes.js';
  if (there > here) {
    return `includes go down only, and ${nameOf(kFloors[here])} is below ${nameOf(kFloors[there])}`;
  }
  const [own, other] = [backEndOf(file), backEndOf(included)];
  if (other === undefined || other === own) return undefined;
  if (own === undefined) return `only platform/<system>/ may know what is in platform/${other}/`;
  return kBackEnds[own].includes(other) ? undefined : `platform/${own}/ must do without it`;
}

/** Why `file` must not include that header of the system or a library; undefined: it may. */
function whyNotSystems(file, header) {
  if (kNodeHeaders.includes(header)) {
    return file.startsWith('node/') ? undefined : 'only node/ may know Node';
  }
  const backEnd = backEndOf(file);
  if (backEnd !== undefined && backEnd !== 'stub') return undefined;
  const isOfLibrary = !/[./]/.test(header) && !kSystemsOwn.includes(header);
  if (isOfLibrary || kCompilerHeaders.includes(header)) return undefined;
  return 'only platform/<system>/ may include a header of the system';
}

function floorOf(file) {
  return kFloors.indexOf(file.includes('/') ? file.slice(0, file.indexOf('/')) : '');
}

function nameOf(floor) {
  return floor === '' ? 'native/*.h' : `${floor}/`;
}

function backEndOf(file) {
  const [floor, folder, name] = file.split('/');
  return floor === 'platform' && name !== undefined ? folder : undefined;
}
