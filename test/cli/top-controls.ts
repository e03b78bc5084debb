// What the keys of `smipc top` do.
import t from 'tap';
import { loadSource } from '../fixtures/hosts/source.js';

type Module = typeof import('../../dist/cli/top/controls.js');
type Controls = import('../../dist/cli/top/controls.js').Controls;
type Key = import('../../dist/cli/terminal/screen.js').Key;

const { initialControls, press } = await loadSource<Module>('cli/top/controls.ts');
const start = initialControls('name', false);

/** As node:readline tells of a key that types something. */
const typed = (text: string): Key => ({ text, name: text.toLowerCase() });

const kPage = 10;

/** After keys, of which each leads on, among so many rows. */
function after(keys: (Key | string)[], count = 25, from: Controls = start): Controls {
  return keys.reduce<Controls>((controls, key) => {
    const next = press(typeof key === 'string' ? typed(key) : key, controls, kPage, count);
    if (typeof next === 'string') throw new Error(`${next}?`);
    return next;
  }, from);
}

t.test('scrolls as far as there are rows', (t) => {
  const scroll = (keys: string[], count?: number): number =>
    after(
      keys.map((name) => ({ name })),
      count,
    ).scroll;
  t.equal(scroll(['up']), 0);
  t.equal(scroll(['down', 'j', 'k']), 1);
  t.equal(scroll(['pagedown', 'pagedown', 'pagedown']), 15);
  t.equal(scroll(['end']), 15);
  t.equal(scroll(['end', 'pageup']), 5);
  t.equal(scroll(['end', 'home']), 0);
  t.equal(scroll(['end', 'pagedown', 'down'], 3), 0);
  // Rows have gone since.
  t.equal(after([{ name: 'up' }], 12, { ...start, scroll: 15 }).scroll, 1);
  t.end();
});

t.test('what is typed for the filter is no command', (t) => {
  const filter = (...keys: (Key | string)[]): [string, boolean] => {
    const { filter, isTyping } = after(['/', ...keys]);
    return [filter, isTyping];
  };
  t.strictSame(filter('q', 'R', '/', ' ', '頻'), ['qR/ 頻', true]);
  t.strictSame(filter('a', '😀', { name: 'backspace', text: '\x7f' }), ['a', true]);
  t.strictSame(filter({ name: 'backspace' }), ['', true]);
  t.strictSame(filter('a', { name: 'return', text: '\r' }), ['a', false]);
  t.strictSame(filter('a', { name: 'escape' }), ['', false]);
  t.strictSame(filter('a', { name: 'up' }, { name: 'f1' }, { text: 'x', meta: true }), ['a', true]);
  t.strictSame(filter('a', { text: '\t', name: 'tab' }), ['a', true]);
  // It is seen from its beginning.
  t.equal(after([{ name: 'end' }, '/', 'a']).scroll, 0);
  t.end();
});

t.test('orders to the program, whatever is shown', (t) => {
  for (const controls of [start, after(['/']), after(['h'])]) {
    const order = (name: string): unknown => press({ name, ctrl: true }, controls, kPage, 25);
    t.equal(order('c'), 'interrupt');
    t.equal(order('z'), 'suspend');
    t.equal(order('l'), 'redraw');
    t.equal(order('x'), controls);
  }
  t.equal(press(typed('q'), start, kPage, 25), 'quit');
  t.equal(press(typed('q'), after(['h']), kPage, 25), 'quit');
  t.end();
});

t.test('sorting goes round; pause and help are switched', (t) => {
  t.equal(after(['s']).sort, 'in');
  t.equal(after(['s', 'S']).sort, 'name');
  t.equal(after(['r']).isReversed, true);
  t.equal(after(['r', 'r']).isReversed, false);
  t.equal(after(['p']).isPaused, true);
  t.equal(after(['p', ' ']).isPaused, false);
  t.equal(after(['?']).isHelp, true);
  t.equal(after(['?', 'r']).isHelp, false);
  t.equal(after(['?', 'r']).isReversed, false);
  t.strictSame(after(['x', { name: 'f5' }]), start);
  t.end();
});
