/**
 * Where the repository is. package.json is the one place that says it, in the fields that npm has for it:
 * they go into the package as they are.
 */

/** The fields of the manifest that say where the repository is, and what each is to hold. */
const kAddresses = {
  repository: '{ "type": "git", "url": "git+https://HOST/OWNER/smipc.git" }',
  bugs: '{ "url": "https://HOST/OWNER/smipc/issues" }',
  homepage: '"https://HOST/OWNER/smipc#readme"',
};

/**
 * What to say about the addresses that the manifest lacks; undefined: nothing.
 *
 * @param {Record<string, unknown>} manifest
 * @returns {string | undefined}
 */
export function missingAddresses(manifest) {
  const missing = Object.entries(kAddresses).filter(([field]) => !manifest[field]);
  if (missing.length === 0) return undefined;
  return [
    `without ${missing.map(([field]) => field).join(', ')}: package.json has none, so the package does`,
    'not say where its source is. Once there is an address, fill in there:',
    ...missing.map(([field, value]) => `  "${field}": ${value},`),
  ].join('\n');
}
