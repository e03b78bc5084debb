/** Draws what terminals show, as tmux tells it, with the colours that smipc uses. */

const kColumn = 8.4;
const kRow = 18;
const kFontSize = 14;
const kPadding = 14;
const kGap = 12;
const kFont = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace';

/** Dark, so that it can be read on light and on dark pages. */
const kBackground = '#161b22';
const kInk = '#d9dfe7';
/** By the numbers of SGR. */
const kColours = /** @type {Record<number, string>} */ ({
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
});

/** @typedef {{ colour: string, isBold: boolean, isReversed: boolean }} Style */
/** @typedef {{ text: string, column: number, style: Style }} Run characters of one style */

/** @type {Style} */
const kPlain = { colour: kInk, isBold: false, isReversed: false };

/** One below the other. @param {string} title @param {string[][]} terminals their lines @returns {string} */
export function drawTerminals(title, terminals) {
  const runs = terminals.map((lines) => runsOf(lines));
  const columns = Math.max(...runs.flat(2).map(endOf));
  const width = Math.ceil(columns * kColumn + 2 * kPadding);
  let top = 0;
  const windows = runs.map((lines) => {
    const height = lines.length * kRow + 2 * kPadding;
    const window = [
      `<g transform="translate(0 ${top})">`,
      `<rect width="${width}" height="${height}" rx="8" fill="${kBackground}"/>`,
      ...lines.flatMap((line, i) => line.flatMap((run) => drawRun(run, i))),
      '</g>',
    ];
    top += height + kGap;
    return window;
  });
  const height = top - kGap;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family='${kFont}' font-size="${kFontSize}" fill="${kInk}">`,
    `<title>${escaped(title)}</title>`,
    ...windows.flat(),
    '</svg>',
    '',
  ].join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what terminals are told with.
const kSgr = /\x1b\[([\d;]*)m/;

/** A style goes on in the next line. @param {string[]} lines @returns {Run[][]} */
function runsOf(lines) {
  let style = kPlain;
  return lines.map((line) => {
    /** @type {Run[]} */
    const runs = [];
    let column = 0;
    for (const [i, part] of line.split(kSgr).entries()) {
      if (i % 2 === 1) {
        for (const code of part.split(';')) style = styled(style, Number(code));
      } else if (part !== '') {
        runs.push({ text: part, column, style });
        column += [...part].length;
      }
    }
    return runs;
  });
}

/** The column behind what is seen of it. @param {Run} run */
const endOf = ({ text, column, style }) =>
  column + [...(style.isReversed ? text : text.trimEnd())].length;

/** @param {Style} style @param {number} code @returns {Style} */
function styled(style, code) {
  const colour = code === 39 ? kInk : kColours[code];
  if (code === 0) return kPlain;
  if (code === 1) return { ...style, isBold: true };
  if (code === 7) return { ...style, isReversed: true };
  // The background is always the terminal's own.
  if (code === 49) return style;
  if (colour === undefined) throw new Error(`SGR ${code} is not drawn yet`);
  return { ...style, colour };
}

/** @param {Run} run @param {number} row @returns {string[]} */
function drawRun({ text, column, style }, row) {
  const { colour, isBold, isReversed } = style;
  const y = kPadding + row * kRow;
  const ink = isReversed ? kBackground : colour;
  const attributes = `${ink === kInk ? '' : ` fill="${ink}"`}${isBold ? ' font-weight="bold"' : ''}`;
  const behind = isReversed
    ? [rectangle(xOf(column), y, [...text].length * kColumn, kRow, colour)]
    : [];
  return [
    ...behind,
    ...[...text.matchAll(/[█▉▊▋▌▍▎▏]+|░+/g)].map(({ 0: bar, index }) =>
      drawBar(bar, xOf(column + [...text.slice(0, index)].length), y, ink),
    ),
    // Each word where its column is, whatever font there is.
    ...[...text.matchAll(/(?:[^\s█▉▊▋▌▍▎▏░]+ ?)+/g)].map(({ 0: words, index }) => {
      const characters = [...words.trimEnd()];
      const x = xOf(column + [...text.slice(0, index)].length);
      const length = round(characters.length * kColumn);
      return `<text x="${x}" y="${y + kFontSize - 1}" textLength="${length}"${attributes}>${escaped(characters.join(''))}</text>`;
    }),
  ];
}

const kEighths = '▏▎▍▌▋▊▉█';

/** A bar as one rectangle: in most fonts there would be gaps. @param {string} bar @param {number} x @param {number} y @param {string} ink */
function drawBar(bar, x, y, ink) {
  const isShade = bar.startsWith('░');
  const cells = [...bar].map((block) => (isShade ? 1 : (kEighths.indexOf(block) + 1) / 8));
  const width = cells.reduce((sum, part) => sum + part, 0) * kColumn;
  return rectangle(x, y + 3, width, kRow - 6, ink, isShade ? 0.2 : undefined);
}

/** @param {number} x @param {number} y @param {number} width @param {number} height @param {string} fill @param {number} [opacity] */
function rectangle(x, y, width, height, fill, opacity) {
  const shade = opacity === undefined ? '' : ` opacity="${opacity}"`;
  return `<rect x="${x}" y="${y}" width="${round(width)}" height="${height}" fill="${fill}"${shade}/>`;
}

/** @param {number} column */
const xOf = (column) => round(kPadding + column * kColumn);
/** @param {number} number */
const round = (number) => Number(number.toFixed(2));
/** @param {string} text */
const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
