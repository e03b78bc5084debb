import { median } from '../statistics.js';
import { contendersOf, gigabytesPerSecond, select, valuesOf } from '../tables/selection.js';
import { draw, headings, kLogAxis } from './chart.js';
import { lineSeries } from './line-chart.js';

/** @param {import('../results.js').Results} results @param {string} machine */
export function drawScaling({ runs }, machine) {
  const lines = contendersOf(runs).map((name) => {
    const points = valuesOf(runs, 'channels').map((channels) => [
      channels,
      median(select(runs, { contender: name, channels }).map(gigabytesPerSecond)),
    ]);
    return { name, points: /** @type {[number, number][]} */ (points) };
  });
  draw('scaling', {
    height: 360,
    option: {
      title: headings({
        title: 'Many channels at once, all busy',
        subtitle: `GB/s of all together, writes of 16 KiB, higher is better. ${machine}`,
      }),
      grid: { left: 64, right: 190, top: 76, bottom: 56 },
      xAxis: {
        ...kLogAxis,
        min: 1,
        max: 1000,
        name: 'channels between the two processes',
        nameGap: 32,
      },
      yAxis: { ...kLogAxis, type: 'value', min: 0, name: 'GB/s', nameGap: 40 },
      series: lineSeries(lines),
    },
  });
}
