/**
 * What the projects in this folder are tried with. Each has a package.json with what it needs, in the
 * versions that were tried, and a `checks.mjs`; it is copied to a temporary folder, outside of the
 * repository, so that nothing in that is found by chance.
 */
import { execFile, execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { isHere, targets } from '../../packaging/targets.js';

const kRoot = resolve(import.meta.dirname, '..', '..');
const kLimitMs = 300_000;

/**
 * @typedef {{ code: number, stdout: string, stderr: string }} Result
 * @typedef {object} Project
 * @property {string} folder a copy of the project, with what its package.json names installed
 * @property {string} tarball of smipc
 * @property {string} app the folder with the programs that move something
 * @property {(command: string, args: readonly string[], options?: RunOptions) => Promise<Result>} run
 * @typedef {{ cwd?: string, env?: Record<string, string> }} RunOptions
 * @typedef {{ name: string, run: (project: Project) => Promise<void> }} Check
 */

/** Removed when this process exits. */
const work = mkdtempSync(join(tmpdir(), 'smipc-ecosystem-'));
process.once('exit', () => rmSync(work, { recursive: true, force: true }));

/** Nothing of the surroundings: no settings of npm, and no node_modules/.bin of the repository. */
function environment() {
  const path = (process.env.PATH ?? '').split(delimiter);
  return {
    ...Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|SMIPC_)/i.test(name)),
    ),
    PATH: path.filter((one) => !one.includes('node_modules')).join(delimiter),
    SMIPC_DIR: join(work, 'channels'),
  };
}

/** @param {string} cwd @returns {Project['run']} */
function runIn(cwd) {
  return (command, args, options = {}) =>
    new Promise((settle) => {
      execFile(
        command,
        args,
        {
          cwd: options.cwd ?? cwd,
          env: { ...environment(), ...options.env },
          timeout: kLimitMs,
          maxBuffer: 1 << 26,
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
          settle({ code, stdout, stderr: code === -1 ? `${stderr}${error}` : stderr });
        },
      );
    });
}

/**
 * The package, with the binaries that are in prebuilds/ and no older than their source; for this system
 * with the one that is compiled for the repository, if that is newer.
 * @returns {string}
 */
export function packTarball() {
  const binaries = join(work, 'binaries');
  const prebuilds = join(kRoot, 'prebuilds');
  mkdirSync(binaries);
  try {
    for (const file of readdirSync(prebuilds)) {
      cpSync(join(prebuilds, file), join(binaries, file), { preserveTimestamps: true });
    }
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  }
  const here = targets.find(isHere);
  if (here === undefined) throw new Error('this system is none of packaging/targets.js');
  const own = join(binaries, `${here.name}.node`);
  const compiled = join(kRoot, 'build', 'Release', 'smipc.node');
  if (!existsSync(own) || statSync(own).mtimeMs < statSync(compiled).mtimeMs) {
    copyFileSync(compiled, own);
  }
  const script = join(kRoot, 'packaging', 'package.js');
  const args = [script, '--partial', '--binaries', binaries, '--to', work];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
}

/** @param {string} name @param {string} tarball @returns {Promise<Project>} */
export async function prepare(name, tarball) {
  const folder = join(work, name);
  cpSync(join(import.meta.dirname, name), folder, {
    recursive: true,
    filter: (source) => !source.includes('node_modules'),
  });
  const run = runIn(folder);
  const args = ['install', '--no-audit', '--no-fund', '--no-save', '--loglevel=error'];
  const installed = await run('npm', args);
  if (installed.code !== 0) throw new Error(`npm install: ${installed.stderr}`);
  const app = join(work, `${name}-app`);
  cpSync(join(import.meta.dirname, 'app'), app, { recursive: true });
  return { folder, tarball, app, run };
}

/** @param {Result} result @param {string} [what] */
export function mustSucceed({ code, stdout, stderr }, what = '') {
  if (code === 0) return;
  throw new Error(`${what} exit code ${code}\n${stdout}\n${stderr}`);
}

/** Installs smipc, and what else is named. @param {Project} project @param {...string} packages */
export async function installSmipc({ run, tarball }, ...packages) {
  const options = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  mustSucceed(await run('npm', ['install', ...options, tarball, ...packages]), 'npm install');
}

/** Copies programs into the project; without names, all. @param {Project} project @param {string[]} names */
export function copyApp({ app, folder }, names = readdirSync(app)) {
  for (const name of names) cpSync(join(app, name), join(folder, name));
}

/**
 * Runs a program of the app that was built, in a folder that has nothing else.
 * @param {Project} project
 * @param {string} built a file, or a folder with all that was built
 * @param {string} program what is run of it, from that folder on
 * @param {...string} command that runs it, if it does not run by itself
 */
export async function runElsewhere({ folder, run }, built, program, ...command) {
  const elsewhere = mkdtempSync(join(work, 'elsewhere-'));
  const source = join(folder, built);
  const isFolder = statSync(source).isDirectory();
  cpSync(source, isFolder ? elsewhere : join(elsewhere, program), { recursive: true });
  const [file = '', ...args] = [...command, join(elsewhere, program)];
  const result = await run(file, args, { cwd: elsewhere });
  mustSucceed(result, program);
  if (result.stdout !== 'moved\n') throw new Error(`it printed ${result.stdout}`);
}

/** The program of a project's `node_modules/.bin`. @param {Project} project @param {string} name */
export const bin = (project, name) => join(project.folder, 'node_modules', '.bin', name);
