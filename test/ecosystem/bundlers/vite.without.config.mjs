export default { ssr: { noExternal: ['smipc'] } };
