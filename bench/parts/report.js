/**
 * Draws the pictures of the benchmarks and writes the tables of docs/benchmarks/results.md: the goals from
 * the whole results of all processors, the rest from those of the first one (results.js says which that
 * is).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { drawLatency } from '../pictures/latency.js';
import { drawScaling } from '../pictures/scaling.js';
import { drawCpu, drawThroughput } from '../pictures/throughput.js';
import { allResults } from '../results.js';
import { goalsTables } from '../tables/goals.js';
import { roundTripTables } from '../tables/round-trip.js';
import {
  channelsTables,
  costsTables,
  killTables,
  objectsTables,
  systemCallsTables,
  transfersTables,
} from '../tables/small.js';
import { socketsTables } from '../tables/sockets.js';
import { renderTable } from '../tables/table.js';
import { throughputTables } from '../tables/throughput.js';

/** @typedef {import('../results.js').Results} Results */

const kPage = new URL('../../docs/benchmarks/results.md', import.meta.url);
const kPictures = new URL('../../docs/benchmarks/', import.meta.url);

/** @type {Record<string, (results: Results) => import('../tables/table.js').Table[]>} */
const tablesOf = {
  throughput: throughputTables,
  transfers: transfersTables,
  'round-trip': roundTripTables,
  objects: objectsTables,
  channels: channelsTables,
  sockets: socketsTables,
  'system-calls': systemCallsTables,
  costs: costsTables,
  kill: killTables,
};

/** @type {Record<string, ((results: Results, machine: string) => void)[]>} */
const picturesOf = {
  throughput: [drawThroughput, drawCpu],
  'round-trip': [drawLatency],
  channels: [drawScaling],
};

export const plannedSeconds = async () => 2;

export async function run() {
  let page = readFileSync(kPage, 'utf8');
  const machines = allResults();
  mkdirSync(kPictures, { recursive: true });
  for (const [part, makeTables] of Object.entries(tablesOf)) {
    const results = machines[0]?.load(part);
    if (results === undefined) {
      console.log(`report: no whole results of ${part} yet`);
      continue;
    }
    const machine = machineText(results);
    const texts = makeTables(results)
      .filter(({ rows }) => rows.length > 0)
      .map((table) => `### ${table.title}\n\n${renderTable(table)}`);
    page = fill(page, part, [...texts, `${machine}, ${results.machine.date.slice(0, 10)}`]);
    for (const drawPicture of picturesOf[part] ?? []) drawPicture(results, machine);
  }
  page = fill(page, 'goals', goalsTables(machines).map(renderTable));
  writeFileSync(kPage, page);
}

/** @param {Results} results */
function machineText({ machine: { processor, cores, kernel, node, newPageNanoseconds } }) {
  const text = `${processor}, ${cores} processors, ${kernel.replace(/-.*/, '')}, Node ${node.slice(1)}`;
  // Older results do not have it.
  if (newPageNanoseconds === undefined) return text;
  return `${text}, ${(newPageNanoseconds / 1000).toFixed(1)} µs for a new page`;
}

/** Puts the texts between the markers of that name. @param {string} page @param {string} name @param {string[]} texts */
function fill(page, name, texts) {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${kPage.pathname} has no '${begin}' and its end`);
  return `${page.slice(0, from + begin.length)}\n\n${texts.join('\n\n')}\n\n${page.slice(to)}`;
}
