// Makes the code in dist/ out of lib/: one file for each entry, and one for what they share. Node takes a
// good millisecond for each module of a program, so forty files would cost more than all that is in them.
import { defineConfig } from 'rolldown';

export default defineConfig({
  input: ['lib/index.ts', 'lib/web.ts'],
  platform: 'node',
  // Packages are installed, not copied.
  external: (id) => !/^[./]/.test(id),
  transform: { target: 'node20.19' },
  logLevel: 'warn',
  output: {
    dir: 'dist',
    // Also of declarations; so `tsc` comes after it.
    cleanDir: true,
    chunkFileNames: 'shared.js',
    // An index.js fits any shared.js with the same names.
    minifyInternalExports: false,
    // They are in lib/, where the source maps lead.
    comments: false,
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
});
