// Makes the code in dist/ out of lib/: the library in three forms, for package.json to choose from, and
// the program, `cli.cjs` with a file for each command in `cli/`.
//
// - `*.cjs`: what Node runs, and what test runners can require. Few files: Node takes a good millisecond
//   for each module of a program.
// - `*.js`: ES modules that export what those do. However it is loaded, there is one copy of everything.
// - `module/*.js`: ES modules for bundlers, which cannot turn `require('node:…')` into one.
import { chmodSync, readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

const common = {
  input: ['lib/index.ts', 'lib/web.ts', 'lib/net.ts', 'lib/http.ts'],
  platform: 'node',
  // Node's own modules, and #prebuilt.
  external: (id) => !/^[./]/.test(id),
  transform: { target: 'node20.19', define: { SMIPC_VERSION: JSON.stringify(version) } },
  logLevel: 'warn',
};

/** What the program imports of the library. */
const kLibrary = /^(\.\.\/)+(index|pipe)\.js$/;

const output = {
  dir: 'dist',
  // They are in lib/, where the source maps lead, which are not in the package.
  comments: false,
  // An entry fits any build of what is behind it.
  minifyInternalExports: false,
  // What calls each other does not do so by way of exports: all but the entries is in one file, and
  // sockets, which not everybody loads, in another. Adapters are in the entry that has them, or who
  // imports smipc/net would load Node's http, https and tls.
  codeSplitting: {
    groups: [
      { name: 'sockets', test: /lib\/sockets\// },
      { name: 'smipc', test: /lib\/(?!adapters\/|sockets\/)\w+\//, priority: 1 },
    ],
  },
  sourcemap: true,
  sourcemapExcludeSources: true,
};

/** For all of dist/, and for the declarations that tsconfig.commonjs.json makes. */
const manifests = {
  'package.json': {
    type: 'module',
    imports: {
      '#prebuilt': {
        webpack: './prebuilt-urls.js',
        development: './prebuilt-in-place.js',
        default: './prebuilt.cjs',
      },
    },
  },
  'commonjs/package.json': { type: 'commonjs' },
};

/** What is in dist/ as it is in lib/, and the ES modules that stand for CommonJS ones. */
const besides = {
  name: 'besides',
  generateBundle(_options, bundle) {
    for (const fileName of ['prebuilt.cjs', 'prebuilt-urls.js', 'prebuilt-in-place.js']) {
      const source = readFileSync(`lib/loader/${fileName}`);
      this.emitFile({ type: 'asset', fileName, source });
    }
    for (const [fileName, manifest] of Object.entries(manifests)) {
      const source = `${JSON.stringify(manifest, null, 2)}\n`;
      this.emitFile({ type: 'asset', fileName, source });
    }
    for (const chunk of Object.values(bundle)) {
      // The program alone requires that.
      if (!chunk.isEntry || chunk.fileName === 'pipe.cjs') continue;
      const source = `export { ${chunk.exports.join(', ')} } from './${chunk.fileName}';\n`;
      this.emitFile({ type: 'asset', fileName: chunk.fileName.replace('.cjs', '.js'), source });
    }
  },
};

/** The program is run as it is. */
const executable = {
  name: 'executable',
  writeBundle: () => chmodSync('dist/cli.cjs', 0o755),
};

/** The program `smipc`, and those that its `doctor` and `bench` run: each imports the library as users do. */
const program = {
  ...common,
  external: (id) => common.external(id) || kLibrary.test(id),
  output: {
    ...output,
    format: 'cjs',
    codeSplitting: true,
    paths: (id) => id.replace(/^.*\/lib\/(index|pipe)\.js$/, './$1.cjs'),
    entryFileNames: '[name].cjs',
    chunkFileNames: 'cli/[name].cjs',
  },
};

export default defineConfig([
  {
    ...common,
    input: [...common.input, 'lib/pipe.ts'],
    plugins: [besides],
    output: {
      ...output,
      format: 'cjs',
      exports: 'named',
      // Needs no package.json, which some sandboxes do not show.
      paths: { '#prebuilt': './prebuilt.cjs' },
      strict: true,
      // Also of declarations; so `tsc` comes after it.
      cleanDir: true,
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name].cjs',
    },
  },
  { ...common, output: { ...output, dir: 'dist/module', chunkFileNames: '[name].js' } },
  // A file for each command, which is loaded when it is asked for.
  { ...program, plugins: [executable], input: { cli: 'lib/cli.ts' } },
  { ...program, input: { 'cli/doctor-trial': 'lib/cli/doctor/trial-program.ts' } },
  { ...program, input: { 'cli/bench-partner': 'lib/cli/bench/partner-program.ts' } },
]);
