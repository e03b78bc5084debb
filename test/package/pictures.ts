// How packaging/pictures/ draws what a terminal shows.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';

const file = join(process.cwd(), 'packaging', 'pictures', 'svg.js');
const { drawTerminals } = (await import(pathToFileURL(file).href)) as {
  drawTerminals(title: string, terminals: string[][]): string;
};

/** What is drawn of the lines, without the window. */
const drawn = (...lines: string[]): string[] => drawTerminals('', [lines]).split('\n').slice(4, -3);

t.test('words stand in their columns, with what XML would take for its own', async (t) => {
  t.strictSame(drawn('ab cd', '', '  <&>   x'), [
    '<text x="14" y="27" textLength="42">ab cd</text>',
    '<text x="30.8" y="63" textLength="25.2">&lt;&amp;&gt;</text>',
    '<text x="81.2" y="63" textLength="8.4">x</text>',
  ]);
});

t.test('colours and bold go on until they are taken back', async (t) => {
  const [red, plain, bold, none] = drawn('\x1b[31ma\x1b[39mb', '\x1b[1mc', '\x1b[0;49md');
  t.match(red, / fill="#ff7b72">a</);
  t.notMatch(plain, 'fill');
  t.match(bold, / font-weight="bold">c</);
  t.notMatch(none, 'font-weight');
  t.throws(() => drawn('\x1b[44ma'), /SGR 44/, 'what it cannot draw it does not leave out');
});

t.test('what is reversed stands on its colour, to the end of its spaces', async (t) => {
  const [behind, word] = drawn('\x1b[7ma   \x1b[0m');
  t.match(behind, /^<rect x="14" y="14" width="33.6" height="18" fill="#d9dfe7"\/>$/);
  t.match(word, / fill="#161b22">a</);
});

t.test('a bar is one rectangle, and what is left of it a pale one', async (t) => {
  t.strictSame(drawn('██▌░ 50%'), [
    '<rect x="14" y="17" width="21" height="12" fill="#d9dfe7"/>',
    '<rect x="39.2" y="17" width="8.4" height="12" fill="#d9dfe7" opacity="0.2"/>',
    '<text x="56" y="27" textLength="25.2">50%</text>',
  ]);
});

t.test('several terminals stand below each other', async (t) => {
  const svg = drawTerminals('a & b', [['a'], ['b', 'c']]);
  t.match(svg, /<title>a &amp; b<.title>/);
  t.match(svg, /<g transform="translate\(0 0\)">.*<g transform="translate\(0 58\)">/s);
  t.match(svg, / height="122" viewBox="0 0 37 122" /);
});
