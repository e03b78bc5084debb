export default {
  mode: 'production',
  target: 'node20',
  entry: './main.cjs',
  output: { path: `${import.meta.dirname}/out`, filename: 'main.cjs' },
};
