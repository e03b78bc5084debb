// Biome formats and lints. Only this is checked here: the rules that need TypeScript's types, since Biome
// does not see a promise that nobody awaits when it comes from a package; and which globals lib/ may use,
// since Biome does not tell a value from a type of the same name.
import { defineConfig } from 'eslint/config';
import { configs } from 'typescript-eslint';

/** What test runners and others replace. lib/host.ts takes it once, when the library is loaded. */
const replaceable = {
  ...Object.fromEntries(
    [
      ...['AbortController', 'AbortSignal', 'Date', 'FinalizationRegistry', 'WeakRef'],
      ...['ReadableStream', 'WritableStream', 'clearTimeout', 'setTimeout'],
    ].map((name) => [name, "import it from './host.js'"]),
  ),
  ...Object.fromEntries(
    ['clearImmediate', 'clearInterval', 'setInterval', 'structuredClone', 'global'].map((name) => [
      name,
      "take what you need of it in './host.js'",
    ]),
  ),
  Buffer: "import it from 'node:buffer'",
  performance:
    "use now() of './host.js', or, for a limit that must hold, monotonicMs() of './environment.js'",
  process: "import it from 'node:process'",
  queueMicrotask: "use later() of './host.js'",
  setImmediate: "use afterLoopTurn() of './host.js'",
};
const replaceableModules = ['perf_hooks', 'stream/web', 'timers', 'timers/promises'];

export default defineConfig(
  { ignores: ['dist/', 'build/'] },
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
    ignores: ['lib/host.ts'],
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
      'no-restricted-imports': [
        'error',
        ...replaceableModules.flatMap((name) =>
          [name, `node:${name}`].map((module) => ({
            name: module,
            message: "What it exports may be replaced: take it in './host.js'.",
          })),
        ),
      ],
      'no-restricted-properties': [
        'error',
        ...['nextTick', 'hrtime'].map((property) => ({
          object: 'process',
          property,
          message: "It may be replaced: take it in './host.js'.",
        })),
      ],
    },
  },
);
