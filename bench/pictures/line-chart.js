/** Lines with their names at their right ends, apart from each other. */
import { isOurs } from '../contenders/index.js';
import { labelOf } from '../tables/selection.js';
import { coloursOf } from './chart.js';

/** @typedef {{ name: string, label?: string, points: [number, number][] }} Line */

/**
 * @param {Line[]} lines
 * @returns {object[]} echarts series, drawn from back to front: ours last
 */
export function lineSeries(lines) {
  const colours = coloursOf(lines.map(({ name }) => name));
  const sorted = [...lines].sort((a, b) => Number(isOurs(a.name)) - Number(isOurs(b.name)));
  return sorted.map(({ name, label = labelOf(name), points }) => {
    const isFirst = name === 'smipc';
    const colour = colours.get(name);
    return {
      type: 'line',
      name: label,
      data: points,
      symbol: 'circle',
      symbolSize: isFirst ? 7 : 5,
      z: isOurs(name) ? 5 : 3,
      lineStyle: { color: colour, width: isFirst ? 3.5 : isOurs(name) ? 2.2 : 1.6 },
      itemStyle: { color: colour },
      endLabel: {
        show: true,
        formatter: '{a}',
        color: colour,
        fontSize: 12,
        fontWeight: isFirst ? 700 : 400,
        distance: 8,
      },
      // Names that would lie over each other move apart.
      labelLayout: { moveOverlap: 'shiftY' },
    };
  });
}

/** A dashed line over the whole width. @param {number} value @param {string} name */
export function limitLine(value, name) {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: '#3e4c59', type: 'dashed', width: 1.2 },
    label: { position: 'insideEndTop', formatter: name, color: '#3e4c59', fontSize: 12 },
    data: [{ yAxis: value }],
  };
}
