/**
 * What a program can branch on in an error: code or class, and that of its causes.
 * @param {any} error
 * @returns {string}
 */
export function describe(error) {
  if (!(error instanceof Error)) return String(error);
  const { code, name, cause } = /** @type {Error & { code?: unknown }} */ (error);
  const own =
    typeof code === 'string' ? code : code === undefined ? name : `${name} ${String(code)}`;
  return cause instanceof Error ? `${own} < ${describe(cause)}` : own;
}
