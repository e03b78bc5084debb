// Biome formats and lints. Only this is checked here: the rules that need TypeScript's types, since Biome
// does not see a promise that nobody awaits when it comes from a package; and which globals lib/ may use,
// since Biome does not tell a value from a type of the same name.
import { defineConfig } from 'eslint/config';
import { configs } from 'typescript-eslint';

/** What test runners and others replace. lib/host/host.ts takes it once, when the library is loaded. */
const replaceable = {
  ...Object.fromEntries(
    [
      ...['AbortController', 'AbortSignal', 'Date'],
      ...['ReadableStream', 'WritableStream', 'clearTimeout', 'setTimeout'],
    ].map((name) => [name, "import it from 'host/host.js'"]),
  ),
  ...Object.fromEntries(
    [
      ...['FinalizationRegistry', 'WeakRef', 'clearImmediate', 'clearInterval', 'setInterval'],
      ...['structuredClone', 'global'],
    ].map((name) => [name, "take what you need of it in 'host/host.js'"]),
  ),
  Buffer: "import it from 'node:buffer'",
  performance:
    "use now() of 'host/host.js', or, for a limit that must hold, monotonicMs() of 'environment/environment.js'",
  process: "import it from 'node:process'",
  queueMicrotask: "use later() of 'host/host.js'",
  setImmediate: "use afterLoopTurn() of 'host/host.js'",
};
const replaceableModules = ['perf_hooks', 'stream/web', 'timers', 'timers/promises'];

/**
 * The folders of lib/, from the ground up. A file imports from its own folder and from those below it;
 * the entries, lib/*.ts, stand on top. docs/architecture.md says what is in each.
 */
const floors = [
  'host',
  'memory',
  'errors',
  'loader',
  'serialization',
  'environment',
  'options',
  'failures',
  'inspection',
  'endpoint',
  'messages',
  'sources',
  'channel',
  'sides',
  'streams',
  'sockets',
  'adapters',
];

/**
 * The program, lib/cli.ts and lib/cli/: no other code runs in its process, so nobody replaces its globals.
 * It is a user of the library: of lib/ it imports index.ts, and pipe.ts, which is there for it alone.
 */
const program = ['lib/cli.ts', 'lib/cli/**/*.ts'];

/** The folders of lib/cli/, from the ground up; the table of commands, lib/cli/*.ts, stands on top. */
const programFloors = ['grammar', 'terminal', 'channels', 'transfer', 'top', 'doctor', 'bench'];

/** What stands above that folder. @param {string[]} all @param {string} folder */
const above = (all, folder) => all.slice(all.indexOf(folder) + 1).map((name) => `**/${name}/*`);

/** What the files of that folder must not import; of lib/ itself: the entries. @param {string} [folder] */
const refusedImports = (folder) => [
  'error',
  {
    paths:
      folder === 'host'
        ? []
        : replaceableModules.flatMap((name) =>
            [name, `node:${name}`].map((module) => ({
              name: module,
              message: "What it exports may be replaced: take it in 'host/host.js'.",
            })),
          ),
    patterns:
      folder === undefined
        ? []
        : [
            {
              group: [...above(floors, folder), '../*.js'],
              message: `Imports go down only: lib/${folder}/ is below that (floors in eslint.config.js).`,
            },
          ],
  },
];

/** The same for the program. @param {string} library where lib/ is @param {string[]} higher */
const refusedInProgram = (library, higher) => [
  'error',
  {
    patterns: [
      {
        group: [`${library}/*`, `!${library}/index.js`, `!${library}/pipe.js`],
        message: `The program uses what users have: import it from '${library}/index.js'.`,
      },
      ...(higher.length === 0
        ? []
        : [
            { group: higher, message: 'Imports go down only (programFloors in eslint.config.js).' },
          ]),
    ],
  },
];

export default defineConfig(
  // Tests of other test runners, whose types are not installed here.
  { ignores: ['dist/', 'build/', 'test/ecosystem/*/*.{test,spec}.js'] },
  {
    files: ['lib/**/*.ts', 'test/**/*.{ts,js}', 'examples/**/*.js'],
    extends: [configs.base],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        // tap itself waits for its subtests.
        {
          allowForKnownSafePromises: [
            { from: 'package', package: '@tapjs/core', name: 'PromiseWithSubtest' },
          ],
        },
      ],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['lib/**/*.ts'],
    ignores: ['lib/host/host.ts', ...program],
    rules: {
      'no-restricted-globals': [
        'error',
        {
          globals: Object.entries(replaceable).map(([name, advice]) => ({
            name,
            message: `It may be replaced: ${advice}.`,
          })),
          checkGlobalObject: true,
        },
      ],
      'no-restricted-properties': [
        'error',
        ...['nextTick', 'hrtime'].map((property) => ({
          object: 'process',
          property,
          message: "It may be replaced: take it in 'host/host.js'.",
        })),
      ],
    },
  },
  { files: ['lib/*.ts'], ignores: program, rules: { 'no-restricted-imports': refusedImports() } },
  ...floors.map((folder) => ({
    files: [`lib/${folder}/*.ts`],
    ignores: program,
    rules: { 'no-restricted-imports': refusedImports(folder) },
  })),
  {
    files: ['lib/cli/*.ts'],
    rules: { 'no-restricted-imports': refusedInProgram('..', []) },
  },
  ...programFloors.map((folder) => ({
    files: [`lib/cli/${folder}/*.ts`],
    rules: {
      'no-restricted-imports': refusedInProgram('../..', [
        ...above(programFloors, folder),
        '../*.js',
      ]),
    },
  })),
  {
    // A folder that no floor names would be checked by nothing.
    files: ['lib/*/**/*.ts'],
    ignores: [
      ...floors.map((folder) => `lib/${folder}/*.ts`),
      ...['', ...programFloors.map((folder) => `${folder}/`)].map((path) => `lib/cli/${path}*.ts`),
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'Program', message: 'Name this folder among the floors in eslint.config.js.' },
      ],
    },
  },
);
