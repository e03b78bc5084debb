export default {
  input: 'main.mjs',
  platform: 'node',
  moduleTypes: { '.node': 'asset' },
  output: { dir: 'out', entryFileNames: '[name].mjs' },
};
