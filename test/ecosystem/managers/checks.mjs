/**
 * In an empty folder each package manager installs smipc from a registry that has nothing else, with no
 * compiler in PATH. It must not warn, and what it installs must work.
 */
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustSucceed } from '../harness.js';
import { startRegistry } from '../registry.js';

/** @typedef {import('../harness.js').Project} Project */
/** @typedef {{ command: string[], env: Record<string, string>, cwd: string }} Program */

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
    programs: ['main.cjs'],
  },
  { name: 'bun', program: ['bun/bin/bun'], isNative: true, add: ['add', 'smipc'] },
  {
    name: 'deno',
    program: ['deno/deno'],
    isNative: true,
    add: ['add', 'npm:smipc'],
    runner: ['deno/deno', 'run', '-A'],
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
  const { folder, app, run } = project;
  const installed = join(folder, 'node_modules');
  const cwd = join(folder, 'user');
  rmSync(cwd, { recursive: true, force: true });
  // Node and a shell, and no compiler.
  const tools = join(cwd, 'tools');
  mkdirSync(tools, { recursive: true });
  const node =
    manager.node === undefined ? process.execPath : join(installed, manager.node, 'bin', 'node');
  symlinkSync(node, join(tools, 'node'));
  symlinkSync('/bin/sh', join(tools, 'sh'));
  const manifest = { name: 'user', version: '1.0.0', type: 'commonjs', private: true };
  writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(cwd, '.npmrc'), `registry=${url}/\ncache=${join(cwd, 'cache')}\n`);
  for (const [name, text] of Object.entries(manager.files ?? {})) {
    writeFileSync(join(cwd, name), text);
  }
  for (const name of readdirSync(app)) cpSync(join(app, name), join(cwd, name));
  const env = {
    PATH: tools,
    HOME: cwd,
    NPM_CONFIG_REGISTRY: `${url}/`,
    BUN_CONFIG_REGISTRY: `${url}/`,
    DENO_DIR: join(cwd, 'cache'),
  };
  const [program = '', ...first] = manager.program;
  const path = join(installed, program);
  const [command, ...args] = [
    ...(manager.isNative === true ? [path] : [node, path]),
    ...first,
    ...manager.add,
  ];
  const added = await run(command ?? '', args, { cwd, env });
  mustSucceed(added, manager.name);
  const said = added.stdout + added.stderr;
  if (kComplaint.test(said)) throw new Error(`it said:\n${said}`);

  const options = manager.nodeOptions?.(cwd) ?? [];
  const [runner = node, ...rest] =
    manager.runner === undefined
      ? [node, ...options]
      : manager.runner.map((part, i) => (i === 0 ? join(installed, part) : part));
  for (const file of manager.programs ?? ['main.mjs', 'main.cjs']) {
    const result = await run(runner, [...rest, file], { cwd, env });
    mustSucceed(result, file);
    if (result.stdout !== 'moved\n') throw new Error(`${file} printed ${result.stdout}`);
  }
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
