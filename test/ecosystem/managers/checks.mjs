/**
 * In an empty folder each package manager installs smipc from a registry that has nothing else, with no
 * compiler in PATH. It must not warn; and the programs, and the example of the README, must work in each
 * version of Node, without a word.
 */
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { mustSucceed } from '../harness.js';
import { startRegistry } from '../registry.js';

/** @typedef {import('../harness.js').Project} Project */
/** @typedef {{ cwd: string, env: Record<string, string> }} Place */

/** The packages with the versions of Node that run what was installed. */
const kNodes = ['node-20', 'node-22-12', 'node-22', 'node-24', 'node-26'];

/** Words of a package manager that has something to say about scripts, or anything else. */
const kComplaint = /warn|error|ignored|blocked|script|deprecated|approve|YN0004|YN0007/i;

/**
 * @typedef {object} Manager
 * @property {string} name
 * @property {string[]} program below node_modules/, and its first arguments
 * @property {boolean} [isNative] it runs without Node
 * @property {string} [node] package with the Node that runs it, and the programs
 * @property {string[]} add arguments
 * @property {Record<string, string>} [files] that it needs in the folder
 * @property {(cwd: string) => string[]} [nodeOptions] to run a program with
 * @property {string[]} [programs] of the app, if not all
 * @property {string[]} [runner] command that runs a program, in place of Node
 */

/** @param {string} url @returns {readonly Manager[]} */
const managers = (url) => [
  ...['npm-10', 'npm-11', 'npm-12'].flatMap((name) => [
    { name, program: [`${name}/bin/npm-cli.js`], node: 'node-24', add: ['install', 'smipc'] },
    {
      name: `${name} --ignore-scripts`,
      program: [`${name}/bin/npm-cli.js`],
      node: 'node-24',
      add: ['install', '--ignore-scripts', 'smipc'],
    },
  ]),
  { name: 'pnpm-10', program: ['pnpm-10/bin/pnpm.cjs'], add: ['add', 'smipc'] },
  { name: 'pnpm-11', program: ['pnpm-11/bin/pnpm.mjs'], node: 'node-24', add: ['add', 'smipc'] },
  {
    name: 'yarn-4, node_modules',
    program: ['yarn-4/bin/yarn.js'],
    add: ['add', 'smipc'],
    files: { '.yarnrc.yml': yarnSettings(url, 'node-modules'), 'yarn.lock': '' },
  },
  {
    name: "yarn-4, Plug'n'Play",
    program: ['yarn-4/bin/yarn.js'],
    add: ['add', 'smipc'],
    files: { '.yarnrc.yml': yarnSettings(url, 'pnp'), 'yarn.lock': '' },
    nodeOptions: (cwd) => ['--require', join(cwd, '.pnp.cjs')],
    // ES modules need a setting of the user's, of which Yarn itself warns.
    programs: ['main.cjs', 'worker.cjs'],
  },
  { name: 'bun', program: ['bun/bin/bun'], isNative: true, add: ['add', 'smipc'] },
  {
    name: 'deno',
    program: ['deno/deno'],
    isNative: true,
    add: ['add', 'npm:smipc'],
    // What docs/runtimes.md says that it needs.
    runner: ['deno/deno', 'run', '--allow-ffi', '--allow-read', '--allow-env'],
  },
];

/** @param {string} url @param {string} linker */
function yarnSettings(url, linker) {
  return [
    `nodeLinker: ${linker}`,
    `npmRegistryServer: "${url}"`,
    'unsafeHttpWhitelist: ["127.0.0.1"]',
    'enableTelemetry: false',
    'enableGlobalCache: false',
    '',
  ].join('\n');
}

/** @param {Manager} manager @param {Project} project @param {string} url */
async function check(manager, project, url) {
  const place = makeFolder(manager, project, url);
  await install(manager, project, place);
  for (const [runtime, runner] of runnersOf(manager, project, place.cwd)) {
    for (const file of manager.programs ?? ['main.mjs', 'main.cjs', 'worker.cjs']) {
      const result = await project.run(runner[0], [...runner.slice(1), file], place);
      mustSucceed(result, `${runtime}: ${file}`);
      const { stdout, stderr } = result;
      if (stdout !== 'moved\n' || stderr !== '') {
        throw new Error(`${runtime}: ${file} printed ${stdout}${stderr}`);
      }
    }
    if (manager.programs === undefined) await tryReadme(project, runner, place);
  }
}

/** @param {Manager} manager @param {Project} project @returns {string} the Node that runs it */
function nodeOf({ node }, { folder }) {
  return node === undefined ? process.execPath : join(folder, 'node_modules', node, 'bin', 'node');
}

/** @param {Manager} manager @param {Project} project @param {string} url @returns {Place} */
function makeFolder(manager, project, url) {
  const cwd = join(project.folder, 'user');
  rmSync(cwd, { recursive: true, force: true });
  // Node and a shell, and no compiler.
  const tools = join(cwd, 'tools');
  mkdirSync(tools, { recursive: true });
  symlinkSync(nodeOf(manager, project), join(tools, 'node'));
  symlinkSync('/bin/sh', join(tools, 'sh'));
  const manifest = { name: 'user', version: '1.0.0', type: 'commonjs', private: true };
  const files = {
    'package.json': JSON.stringify(manifest),
    '.npmrc': `registry=${url}/\ncache=${join(cwd, 'cache')}\n`,
    ...manager.files,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  for (const name of readdirSync(project.app)) cpSync(join(project.app, name), join(cwd, name));
  const env = {
    PATH: tools,
    HOME: cwd,
    NPM_CONFIG_REGISTRY: `${url}/`,
    BUN_CONFIG_REGISTRY: `${url}/`,
    DENO_DIR: join(cwd, 'cache'),
  };
  return { cwd, env };
}

/** @param {Manager} manager @param {Project} project @param {Place} place */
async function install(manager, project, place) {
  const [program = '', ...first] = manager.program;
  const path = join(project.folder, 'node_modules', program);
  const [command = '', ...args] = [
    ...(manager.isNative === true ? [path] : [nodeOf(manager, project), path]),
    ...first,
    ...manager.add,
  ];
  const result = await project.run(command, args, place);
  mustSucceed(result, manager.name);
  const said = result.stdout + result.stderr;
  if (kComplaint.test(said)) throw new Error(`it said:\n${said}`);
}

/**
 * @param {Manager} manager @param {Project} project @param {string} cwd
 * @returns {[name: string, command: [string, ...string[]]][]}
 */
function runnersOf(manager, { folder }, cwd) {
  const installed = join(folder, 'node_modules');
  if (manager.runner !== undefined) {
    const [program = '', ...args] = manager.runner;
    return [[manager.name, [join(installed, program), ...args]]];
  }
  const options = manager.nodeOptions?.(cwd) ?? [];
  return kNodes.map((name) => [name, [join(installed, name, 'bin', 'node'), ...options]]);
}

/**
 * The first example of the README: its files and its commands, as they stand there.
 * @param {Project} project @param {[string, ...string[]]} runner @param {Place} place
 */
async function tryReadme({ run }, runner, { cwd, env }) {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const [example = ''] = readme.split('\n## ').filter((section) => section.startsWith('Example\n'));
  const blocks = [...example.matchAll(/```(js|sh)\n([\s\S]*?)```/g)];
  for (const [, , code = ''] of blocks) {
    const name = /^\/\/ (\S+)$/m.exec(code.split('\n', 1)[0] ?? '')?.[1];
    if (name !== undefined) writeFileSync(join(cwd, name), code);
  }
  const commands = blocks.filter(([, language]) => language === 'sh').map(([, , code]) => code);
  mkdirSync(join(cwd, 'directory'), { recursive: true });
  writeFileSync(join(cwd, 'directory', 'file'), 'some text');
  // The words `node` of the commands are this runner.
  const script = `node() { ${runner.join(' ')} "$@"; }\n${commands.join('\n')}\nwait`;
  const path = `${env.PATH}:/usr/bin:/bin`;
  mustSucceed(
    await run('/bin/sh', ['-ec', script], { cwd, env: { ...env, PATH: path } }),
    'README',
  );
  const list = await run('tar', ['-tf', join(cwd, 'copy.tar')], { cwd });
  if (!list.stdout.includes('directory/file')) throw new Error(`README: ${list.stdout}`);
}

const names = managers('').map(({ name }) => name);

export const checks = names.map((name, index) => ({
  name,
  run: async (/** @type {Project} */ project) => {
    const registry = await startRegistry(project.tarball);
    try {
      const manager = managers(registry.url)[index];
      if (manager !== undefined) await check(manager, project, registry.url);
    } finally {
      registry.close();
    }
  },
}));
