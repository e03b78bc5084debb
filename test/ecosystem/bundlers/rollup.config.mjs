import commonjs from '@rollup/plugin-commonjs';
import resolve from '@rollup/plugin-node-resolve';
import url from '@rollup/plugin-url';

export default {
  input: 'main.mjs',
  output: { dir: 'out', format: 'es', entryFileNames: '[name].mjs' },
  plugins: [url({ include: ['**/*.node'], limit: 0 }), resolve(), commonjs()],
};
