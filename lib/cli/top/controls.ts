/** The keys of `smipc top`: what each of them changes in what is shown. */
import type { Key } from '../terminal/screen.js';
import { filterRows, kSortKeys, type Row, type SortKey, sortRows } from './model.js';

export interface Controls {
  readonly sort: SortKey;
  readonly isReversed: boolean;
  /** Names contain it. */
  readonly filter: string;
  /** Whether what is typed belongs to the filter. */
  readonly isTyping: boolean;
  readonly isPaused: boolean;
  readonly isHelp: boolean;
  /** How many rows are above the first that is shown. */
  readonly scroll: number;
}

/** What a key asks of the program itself. */
export type Order = 'quit' | 'interrupt' | 'suspend' | 'redraw';

export const kKeysHelp: readonly string[] = [
  'q            quit',
  's, S         sort by the next column, or the one before',
  'r            reverse the order',
  '/            type a part of a name; Enter keeps it, Esc shows all again',
  'p, space     pause, and go on',
  'up, down     scroll; also j and k, PgUp and PgDn, Home and End',
  'h, ?         this help',
  '^L           draw all of it again',
  '^Z           stop; fg goes on',
  '',
  'IN/s, OUT/s  bytes a second that are written into the channel, and read from it',
  'MSG          messages a second',
  'FILL         how much of the ring is used',
  'AGE          since a byte moved or an end came or went; >: not since this began',
  'sleeps       the end is open, and waits for its peer',
  'awake        the end is open, and does not wait',
];

export function initialControls(sort: SortKey, isReversed: boolean): Controls {
  return {
    sort,
    isReversed,
    filter: '',
    isTyping: false,
    isPaused: false,
    isHelp: false,
    scroll: 0,
  };
}

/** Those that the filter leaves, in their order. */
export function shownRows(rows: readonly Row[], { filter, sort, isReversed }: Controls): Row[] {
  return sortRows(filterRows(rows, filter), sort, isReversed);
}

/**
 * @param page how many rows are shown at once
 * @param count how many there are
 */
export function press(key: Key, controls: Controls, page: number, count: number): Controls | Order {
  if (key.ctrl === true) return kControlOrders[key.name ?? ''] ?? controls;
  if (controls.isTyping) return type(key, controls);
  // The help is over with any key.
  if (controls.isHelp) return key.name === 'q' ? 'quit' : { ...controls, isHelp: false };
  const scroll = scrolled(key, controls.scroll, page, count);
  return scroll === undefined ? command(key, controls) : { ...controls, scroll };
}

const kControlOrders: Readonly<Record<string, Order>> = {
  c: 'interrupt',
  l: 'redraw',
  z: 'suspend',
};

function type({ text, name, meta }: Key, controls: Controls): Controls {
  const { filter } = controls;
  if (name === 'return' || name === 'enter') return { ...controls, isTyping: false };
  if (name === 'escape') return { ...controls, isTyping: false, filter: '', scroll: 0 };
  if (name === 'backspace') {
    // A whole character, however many units it has.
    return { ...controls, filter: [...filter].slice(0, -1).join(''), scroll: 0 };
  }
  const isTyped = text !== undefined && meta !== true && !/\p{Cc}/u.test(text);
  return isTyped ? { ...controls, filter: filter + text, scroll: 0 } : controls;
}

function command({ text, name }: Key, controls: Controls): Controls | Order {
  switch (text ?? name ?? '') {
    case 'q':
      return 'quit';
    case 's':
      return { ...controls, sort: neighbour(controls.sort, 1) };
    case 'S':
      return { ...controls, sort: neighbour(controls.sort, -1) };
    case 'r':
      return { ...controls, isReversed: !controls.isReversed };
    case '/':
      return { ...controls, isTyping: true };
    case 'p':
    case ' ':
      return { ...controls, isPaused: !controls.isPaused };
    case 'h':
    case '?':
      return { ...controls, isHelp: true };
    default:
      return name === 'escape' ? { ...controls, filter: '', scroll: 0 } : controls;
  }
}

function neighbour(key: SortKey, step: number): SortKey {
  const count = kSortKeys.length;
  return kSortKeys[(kSortKeys.indexOf(key) + step + count) % count] as SortKey;
}

/** Undefined: the key does not scroll. */
function scrolled({ name }: Key, scroll: number, page: number, count: number): number | undefined {
  const last = Math.max(0, count - page);
  // It may have been more before some went.
  const from = Math.min(scroll, last);
  switch (name ?? '') {
    case 'up':
    case 'k':
      return Math.max(0, from - 1);
    case 'down':
    case 'j':
      return Math.min(last, from + 1);
    case 'pageup':
      return Math.max(0, from - page);
    case 'pagedown':
      return Math.min(last, from + page);
    case 'home':
      return 0;
    case 'end':
      return last;
    default:
      return undefined;
  }
}
