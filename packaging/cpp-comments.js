/** Takes the comments out of C++ sources: for who compiles them, and does not read them. */

/** A string or a character, in which there is no comment; or a comment. */
const kTokens = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** The same code without comments and empty lines. @param {string} source */
export function withoutComments(source) {
  const code = source.replace(kTokens, (token) => {
    if (token[0] !== '/') return token;
    return token.startsWith('/*') ? ' ' : '';
  });
  return code
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{2,}/g, '\n')
    .trimStart();
}
