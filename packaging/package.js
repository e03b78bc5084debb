/**
 * Makes the package that is published: `npm run package -- [--partial] [--binaries FOLDER] [--to FOLDER]`.
 *
 * Not `npm pack` of the repository: package managers run a script that is called `install` or `prepare`
 * on the user's machine, or refuse to, and invent one where they see a binding.gyp. So the package has a
 * manifest of its own. Refuses to pack without the binaries of all systems that they can be compiled for
 * here, and with one that is older than its source, or not fit for its system; with `--partial` it takes
 * those that there are and that are not older. Refuses a page with a link that leads nowhere, too.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { missingAddresses } from './addresses.js';
import { flawsOf, readBinary } from './binary.js';
import { withoutComments } from './cpp-comments.js';
import { pageToPack } from './pages.js';
import { targets } from './targets.js';

const root = resolve(import.meta.dirname, '..');
/** The package, before it is packed. */
const stage = mkdtempSync(join(tmpdir(), 'smipc-package-'));
process.once('exit', () => rmSync(stage, { recursive: true }));

/**
 * What users of the package need of the repository's manifest. Not `type`: dist/ has a manifest that says
 * it, and Yarn's Plug'n'Play warns of each package whose own manifest does.
 */
const kFields = [
  ...['name', 'version', 'description', 'keywords', 'license', 'author', 'repository', 'bugs'],
  ...['homepage', 'engines', 'main', 'types', 'bin', 'exports'],
];
/** Declarations of these folders are never imported by public ones. */
const kPrivateFolders = ['failures', 'host', 'loader', 'memory'];
/** The program's declarations: nothing imports it. */
const kProgramDeclarations = /^dist\/(commonjs\/)?(cli|pipe)\b.*\.d\.ts/;
/** What binaries are made of. */
const kSources = ['native', 'binding.gyp', 'packaging/prebuild.gypi', 'packaging/older_glibc.cc'];
/** Headers that the addon is compiled with. */
const kHeaders = ['napi.h', 'napi-inl.h', 'LICENSE.md'];

const { values } = parseArgs({
  options: {
    partial: { type: 'boolean', default: false },
    binaries: { type: 'string', default: join(root, 'prebuilds') },
    to: { type: 'string', default: root },
  },
});

/** @param {string} path @returns {string} */
const read = (path) => readFileSync(join(root, path), 'utf8');

/** @param {string} path @param {(path: string) => boolean} [filter] by the path in the repository */
function copy(path, filter = () => true) {
  cpSync(join(root, path), join(stage, path), {
    recursive: true,
    filter: (source) => filter(source.slice(root.length + 1)),
  });
}

/** Milliseconds. @param {string} path of a file or folder @returns {number} */
function lastChange(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(...readdirSync(path).map((name) => lastChange(join(path, name))));
}

/** @param {string} text @param {string} from @param {string} to @returns {string} */
function replaceOnce(text, from, to) {
  if (text.split(from).length !== 2) throw new Error(`not once in binding.gyp: ${from}`);
  return text.replace(from, to);
}

/** @param {string} name @returns {string} */
const binaryOf = (name) => join(values.binaries, `${name}.node`);

/** The names of the binaries to pack. @returns {string[]} */
function findBinaries() {
  const source = kSources.map((path) => lastChange(join(root, path)));
  /** @type {string[]} */
  const problems = [];
  const found = targets.filter((target) => {
    const file = binaryOf(target.name);
    if (!existsSync(file)) {
      if (!target.isCompiledThere) problems.push(`${file} is missing`);
      console.error(`without ${target.name}`);
      return false;
    }
    if (lastChange(file) < Math.max(...source)) {
      problems.push(`${file} is older than its source`);
      return false;
    }
    problems.push(...flawsOf(readBinary(file), target).map((flaw) => `${file}: ${flaw}`));
    return true;
  });
  if (problems.length > 0 && !values.partial) {
    throw new Error(`${problems.join('\n')}\nRun: npm run prebuilds`);
  }
  if (found.length === 0) throw new Error('there is no binary to pack; run: npm run prebuilds');
  return found.map(({ name }) => name);
}

/**
 * Pages for who changes the code, or measures it, and so has the repository: a third of all pages, and the
 * pictures.
 */
const kInside = ['architecture.md', 'decisions.md', 'protocol.md', 'releasing.md', 'benchmarks.md']
  .map((page) => `docs/${page}`)
  .concat('docs/benchmarks');

/** Without source maps: they and the sources that they lead to were a quarter of the package. */
function packCode() {
  copy('dist', (path) => {
    if (path.endsWith('.map') || kProgramDeclarations.test(path)) return false;
    return !kPrivateFolders.some((folder) => path.split('/').includes(folder));
  });
  const folder = join(stage, 'dist');
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(c?js|d\.ts)$/.test(path)) continue;
    const text = readFileSync(join(folder, path), 'utf8');
    writeFileSync(join(folder, path), text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
  }
}

/** Leaves out what is not packed, which bundlers would look for. @param {string[]} names */
function nameBinaries(names) {
  for (const file of ['prebuilt.cjs', 'prebuilt-urls.js']) {
    const isPacked = (/** @type {string} */ line) => {
      const name = /^ {2}'([\w-]+)': /.exec(line)?.[1];
      return name === undefined || names.includes(name);
    };
    const lines = read(`dist/${file}`).split('\n').filter(isPacked);
    const named = lines.filter((line) => line.includes('.node')).length;
    if (named !== names.length) throw new Error(`dist/${file} does not name ${names}`);
    writeFileSync(join(stage, 'dist', file), lines.join('\n'));
  }
}

/**
 * The source can be compiled where there is no binary: `node-gyp rebuild -C native`. Not in the root of
 * the package, where package managers take binding.gyp for an install script. Without comments, which
 * are two fifths of it: they are in the repository.
 */
function packSource() {
  copy('native', (path) => !path.startsWith('native/platform/stub'));
  const headers = join(stage, 'native', 'node-addon-api');
  mkdirSync(headers);
  for (const name of kHeaders) {
    cpSync(join(root, 'node_modules', 'node-addon-api', name), join(headers, name));
  }
  const native = join(stage, 'native');
  for (const path of readdirSync(native, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(cc|h)$/.test(path)) continue;
    const file = join(native, path);
    writeFileSync(file, withoutComments(readFileSync(file, 'utf8')));
  }
  let text = read('binding.gyp').replaceAll("'native/", "'");
  text = replaceOnce(text, "'include_dirs': ['native']", "'include_dirs': ['.']");
  text = replaceOnce(
    text,
    "'<!(node -p \"require(\\'path\\').resolve(require(\\'node-addon-api\\').include_dir)\")'",
    "'../node-addon-api'",
  );
  text = replaceOnce(text, './package.json', '../package.json');
  writeFileSync(join(native, 'binding.gyp'), text);
}

/** When all else is there: the links of pages lead to it. */
function packPages() {
  const files = {
    isPacked: (/** @type {string} */ path) => existsSync(join(stage, path)),
    isThere: (/** @type {string} */ path) => existsSync(join(root, path)),
  };
  const pages = readdirSync(stage, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.md') && !path.startsWith('native'),
  );
  const problems = pages.flatMap((path) => {
    const { text, dead } = pageToPack(path, read(path), files);
    writeFileSync(join(stage, path), text);
    return dead.map((target) => `${path}: a link leads nowhere: ${target}`);
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

function packManifest() {
  const manifest = JSON.parse(read('package.json'));
  const kept = Object.fromEntries(
    kFields.filter((field) => field in manifest).map((field) => [field, manifest[field]]),
  );
  // Yarn's Plug'n'Play keeps packages zipped, where the system cannot load the addon from.
  const packed = { ...kept, preferUnplugged: true, publishConfig: { access: 'public' } };
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(packed, null, 2)}\n`);
  const missing = missingAddresses(manifest);
  if (missing !== undefined) console.error(missing);
}

const names = findBinaries();
for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md']) copy(file);
copy('docs', (path) => !kInside.some((page) => path === page || path.startsWith(`${page}/`)));
packCode();
nameBinaries(names);
mkdirSync(join(stage, 'prebuilds'));
for (const name of names) cpSync(binaryOf(name), join(stage, 'prebuilds', `${name}.node`));
packSource();
packManifest();
packPages();
const to = resolve(values.to);
mkdirSync(to, { recursive: true });
const packed = execFileSync('npm', ['pack', '--loglevel=error', '--pack-destination', to], {
  cwd: stage,
  encoding: 'utf8',
});
console.log(join(to, packed.trim()));
