export default {
  assetsInclude: ['**/*.node'],
  ssr: { noExternal: ['smipc'] },
  build: {
    ssr: 'main.mjs',
    ssrEmitAssets: true,
    outDir: 'out',
    rolldownOptions: { output: { entryFileNames: '[name].mjs' } },
  },
};
