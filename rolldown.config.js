// Makes the code in dist/ out of lib/: one file for each entry, and one for what they share. Node takes a
// good millisecond for each module of a program, so forty files would cost more than all that is in them.
import { defineConfig } from 'rolldown';

export default defineConfig({
  input: ['lib/index.ts', 'lib/web.ts'],
  platform: 'node',
  external: ['node-gyp-build'],
  logLevel: 'warn',
  output: {
    dir: 'dist',
    chunkFileNames: 'shared.js',
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
});
