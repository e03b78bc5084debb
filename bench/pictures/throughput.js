import { isOurs } from '../contenders/index.js';
import { median } from '../statistics.js';
import { sizeText } from '../tables/format.js';
import {
  contendersOf,
  cpuPerGigabyte,
  gigabytesPerSecond,
  labelOf,
  select,
  valuesOf,
} from '../tables/selection.js';
import { coloursOf, draw, headings, kLogAxis } from './chart.js';
import { limitLine, lineSeries } from './line-chart.js';

/** Those that say most; the tables have all. */
const kShown = [
  'smipc',
  'smipc-onread',
  'smipc-peek',
  'smipc-messages',
  'socket',
  'tcp',
  'stdio',
  'fifo',
  'ipc',
  'port-copy',
  'zeromq',
  'disruptor',
];
/** As far as all of them go, so that every line ends at its name. */
const kLargest = 1024 * 1024;
const kCpuSize = 64 * 1024;

/** @param {import('../results.js').Results} results @param {string} machine */
export function drawThroughput({ runs }, machine) {
  const full = select(runs, { touch: true }).filter(
    ({ contender, size }) => kShown.includes(contender) && size <= kLargest,
  );
  const lines = contendersOf(full).map((name) => {
    const own = select(full, { contender: name });
    const points = valuesOf(own, 'size').map((size) => [
      size,
      median(select(own, { size }).map(gigabytesPerSecond)),
    ]);
    return { name, points: /** @type {[number, number][]} */ (points) };
  });
  const limits = select(runs, { contender: 'native-rotating' }).map(gigabytesPerSecond);
  const [first, ...rest] = lineSeries(lines);
  const limit = limitLine(median(limits), 'native limit, 64 KiB, rotating destination');
  draw('throughput', {
    height: 560,
    option: {
      title: headings({
        title: 'Throughput by size of the writes',
        subtitle: `GB/s, both axes logarithmic, higher is better. ${machine}`,
      }),
      grid: { left: 64, right: 190, top: 76, bottom: 56 },
      xAxis: {
        ...kLogAxis,
        logBase: 4,
        min: 64,
        max: kLargest,
        name: 'size of one write',
        nameGap: 32,
        axisLabel: { ...kLogAxis.axisLabel, formatter: sizeText },
      },
      yAxis: { ...kLogAxis, name: 'GB/s', nameGap: 44, axisLabel: kLogAxis.axisLabel },
      series: limits.length === 0 ? [first, ...rest] : [{ ...first, markLine: limit }, ...rest],
    },
  });
}

/** @param {import('../results.js').Results} results @param {string} machine */
export function drawCpu({ runs }, machine) {
  const selected = select(runs, { touch: true, size: kCpuSize });
  const names = contendersOf(selected);
  const colours = coloursOf(names);
  const dots = names.map((name) => {
    const value = median(select(selected, { contender: name }).map(cpuPerGigabyte));
    const isFirst = name === 'smipc';
    return {
      name: labelOf(name),
      value: Number(value.toPrecision(2)),
      symbolSize: isFirst ? 16 : 11,
      itemStyle: { color: isOurs(name) ? colours.get(name) : '#8794a3' },
      label: { fontWeight: isFirst ? 700 : 400 },
    };
  });
  dots.sort((a, b) => b.value - a.value);
  draw('cpu', {
    height: 130 + 25 * dots.length,
    option: {
      title: headings({
        title: 'CPU time per gigabyte, writes of 64 KiB',
        subtitle: `Seconds of both processes together, logarithmic, lower is better. ${machine}`,
      }),
      grid: { left: 210, right: 60, top: 72, bottom: 48 },
      xAxis: { ...kLogAxis, name: 's/GB', nameGap: 28 },
      yAxis: {
        type: 'category',
        data: dots.map(({ name }) => name),
        axisTick: { show: false },
        axisLabel: { color: '#1f2933', fontSize: 12.5 },
        axisLine: { show: false },
        splitLine: { show: true, lineStyle: { color: '#eef1f4' } },
      },
      series: [
        {
          type: 'scatter',
          label: { show: true, position: 'right', formatter: '{@[0]}', fontSize: 12 },
          data: dots.map(({ name, value, ...look }) => ({ ...look, value: [value, name] })),
        },
      ],
    },
  });
}
