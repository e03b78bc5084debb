import { kPercentiles } from '../process/percentiles.js';
import { median } from '../statistics.js';
import { sizeText } from '../tables/format.js';
import { percentileOf } from '../tables/round-trip.js';
import { contendersOf, select } from '../tables/selection.js';
import { draw, headings, kLogAxis } from './chart.js';
import { lineSeries } from './line-chart.js';

const kSize = 64;
/** Above them a run of a third of a second has too few trips to say anything. */
const kShown = kPercentiles.filter((percentile) => percentile > 0 && percentile <= 99.9);

/** Each nine is as wide as the one before it. @param {number} percentile */
const place = (percentile) => 100 / (100 - percentile);

/** @param {import('../results.js').Results} results @param {string} machine */
export function drawLatency({ runs }, machine) {
  for (const pinned of [false, true]) {
    const selected = select(runs, { pinned, size: kSize });
    const lines = contendersOf(selected).map((name) => {
      const own = select(selected, { contender: name });
      const points = kShown.map((percentile) => [
        place(percentile),
        median(own.map(percentileOf(percentile))),
      ]);
      return { name, points: /** @type {[number, number][]} */ (points) };
    });
    const where = pinned ? 'both processes on one core' : 'processes free';
    draw(`latency-${pinned ? 'pinned' : 'free'}`, {
      height: 480,
      option: {
        title: headings({
          title: `Round trip of ${sizeText(kSize)}, ${where}`,
          subtitle: `Distribution in microseconds, lower is better. ${machine}`,
        }),
        grid: { left: 72, right: 200, top: 76, bottom: 56 },
        xAxis: {
          ...kLogAxis,
          min: 1,
          max: 1000,
          name: 'share of the trips that take no longer',
          nameGap: 32,
          axisLabel: { ...kLogAxis.axisLabel, formatter: shareText },
        },
        yAxis: { ...kLogAxis, name: 'µs', nameGap: 52 },
        series: lineSeries(lines),
      },
    });
  }
}

/** @param {number} value of the axis: 1, 10, 100… */
function shareText(value) {
  return value === 1 ? '0 %' : `${Number((100 - 100 / value).toFixed(3))} %`;
}
