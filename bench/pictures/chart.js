/** The look that all pictures share, and how one becomes an SVG. */
import { writeFileSync } from 'node:fs';
import { init } from 'echarts';
import { isOurs } from '../contenders/index.js';

const kFont = 'system-ui, Helvetica, Arial, sans-serif';
export const kInk = '#1f2933';
const kSoftInk = '#52606d';
const kGridLine = '#e4e7eb';

/** smipc's own colours. */
const kOurs = ['#d1495b', '#e58a5c', '#8c2f39', '#f0b67f'];
/** Okabe and Ito's palette without its reds, which colour-blind people can tell apart; muted. */
const kOthers = [
  '#0072b2',
  '#56b4e9',
  '#009e73',
  '#8a6fb0',
  '#7b8794',
  '#b8a200',
  '#3e4c59',
  '#a0aec0',
];

/**
 * One colour for each contender, the same in a whole picture.
 * @param {string[]} names @returns {Map<string, string>}
 */
export function coloursOf(names) {
  /** @param {string[]} some @param {string[]} palette @returns {[string, string][]} */
  const paint = (some, palette) =>
    some.map((name, i) => [name, palette[i % palette.length] ?? kSoftInk]);
  const ours = names.filter(isOurs);
  const others = names.filter((name) => !isOurs(name));
  return new Map([...paint(ours, kOurs), ...paint(others, kOthers)]);
}

export const kLogAxis = {
  type: 'log',
  nameLocation: 'middle',
  nameTextStyle: { color: kSoftInk, fontSize: 13 },
  axisLabel: { color: kSoftInk, fontSize: 12 },
  axisLine: { show: true, lineStyle: { color: kSoftInk } },
  splitLine: { lineStyle: { color: kGridLine } },
  minorSplitLine: { show: false },
};

/** @param {{ title: string, subtitle: string }} words */
export function headings({ title, subtitle }) {
  return {
    text: title,
    subtext: subtitle,
    left: 16,
    top: 10,
    textStyle: { color: kInk, fontSize: 17, fontWeight: 600 },
    subtextStyle: { color: kSoftInk, fontSize: 12.5 },
  };
}

/**
 * @param {string} name of the file, in docs/benchmarks/
 * @param {{ width?: number, height: number, option: object }} picture
 */
export function draw(name, { width = 860, height, option }) {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({
    animation: false,
    // Opaque: it is to be read on dark pages too.
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: kFont, color: kInk },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  writeFileSync(new URL(`../../docs/benchmarks/${name}.svg`, import.meta.url), `${svg}\n`);
}
