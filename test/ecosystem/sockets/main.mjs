/**
 * Tries libraries over sockets, each with a server and a client in two processes:
 * `TRANSPORT=unix node main.mjs [FILE…]`, a FILE of rows/ without its ending; without names, all.
 * QUICK=1 makes a tenth of the many requests. Prints a table; the exit code is 1 if an outcome is not the
 * expected one.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure, start, until } from './processes.mjs';
import { kScenarios, kUsual } from './scenarios.mjs';
import { kind } from './transport.mjs';

/** @typedef {import('./scenarios.mjs').Row} Row */
/** @typedef {import('./scenarios.mjs').Scenario} Scenario */

const kRows = join(import.meta.dirname, 'rows');
const names = /** @type {Scenario[]} */ (Object.keys(kScenarios));
const work = mkdtempSync(join(tmpdir(), 'sockets-'));
process.once('exit', () => rmSync(work, { recursive: true, force: true }));
process.env.SOCKETS_DIR = work;
process.env.SMIPC_DIR = join(work, 'channels');

const files = readdirSync(kRows)
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.slice(0, -4));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !files.includes(name));
if (unknown.length > 0) {
  console.error(`${unknown}: no such file; there are ${files.join(', ')}`);
  process.exit(1);
}

/** @param {string} library */
function versionOf(library) {
  if (library === 'node') return process.versions.node;
  const manifest = join(import.meta.dirname, 'node_modules', library, 'package.json');
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

let failures = 0;
let passes = 0;
let started = 0;

/** @param {Row} row @param {Scenario} scenario */
const expectedOf = (row, scenario) =>
  row.over?.[kind]?.[scenario] ?? row.expected?.[scenario] ?? usualOf(row, scenario);

/** @param {Row} row @param {Scenario} scenario */
const usualOf = ({ sockets = 1 }, scenario) =>
  sockets > 1 && (scenario === 'reuse' || scenario === 'many')
    ? `up to ${sockets} connections`
    : kUsual[scenario];

/** The two processes of a row, started when they are needed. @param {string} file @param {Row} row */
function sidesOf(file, row) {
  const name = `row-${process.pid}-${++started}`;
  /** @type {import('./processes.mjs').Side | undefined} */
  let server;
  /** @type {import('./processes.mjs').Side | undefined} */
  let client;
  const all = () => [server, client].filter((side) => side !== undefined);
  return {
    both: async () => {
      if (!server?.isAlive()) {
        rmSync(join(work, `${name}.sock`), { force: true });
        server = await start(file, row.name, 'server', name);
      }
      if (!client?.isAlive()) client = await start(file, row.name, 'client', name);
      return { server, client };
    },
    takeUncaught: () => all().flatMap((side) => side.takeUncaught()),
    said: () => all().map((side) => side.said()),
    end: async () => {
      await Promise.all(all().map((side) => side.kill()));
    },
  };
}

/** @param {ReturnType<typeof sidesOf>} sides @param {Row} row @param {Scenario} scenario */
async function outcomeOf(sides, row, scenario) {
  try {
    const { server, client } = await sides.both();
    await server.call('reset');
    Object.assign(client, await client.call('open'));
    const outcome = await kScenarios[scenario](client, server, row);
    if (client.isAlive()) await client.call('close');
    if (server.isAlive()) {
      const gone = async () => (await server.call('live')) === 0;
      await until(gone, 'connections stay when the client is closed', 5_000);
    }
    // Time for what comes late, such as an error of a connection that was closed.
    await delay(50);
    const uncaught = sides.takeUncaught();
    if (uncaught.length === 0) return { outcome, details: '' };
    const details = sides.said().join('\n');
    await sides.end();
    return { outcome: `${outcome}; uncaught ${[...new Set(uncaught)]}`, details };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const uncaught = sides.takeUncaught();
    const details = [error.message, ...sides.said()].join('\n');
    // In whatever state they are.
    await sides.end();
    const also = uncaught.length > 0 ? `; uncaught ${[...new Set(uncaught)]}` : '';
    return { outcome: `${error.outcome}${also}`, details };
  }
}

/** @param {string} file @param {Row} row @param {NonNullable<Row['only']>} only */
async function tryOnly(file, row, only) {
  const cells = [];
  for (const fact of Object.keys(only)) {
    const sides = sidesOf(file, row);
    try {
      const { client } = await sides.both();
      await client.call('check', fact);
      const uncaught = sides.takeUncaught();
      if (uncaught.length > 0) throw new Failure(`uncaught ${uncaught}`, sides.said().join('\n'));
      passes++;
      cells.push(fact);
      console.log(`ok ${row.name}: ${fact}`);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures++;
      cells.push(`FAILED: ${fact}: ${error.outcome}`);
      console.log(`FAILED ${row.name}: ${fact}: ${error.outcome}\n${error.message}`);
    } finally {
      await sides.end();
    }
  }
  return [row.name, versionOf(row.library), cells.join('; ')];
}

/** @param {string} file @param {Row} row */
async function tryRow(file, row) {
  const sides = sidesOf(file, row);
  const cells = [];
  try {
    for (const scenario of names) {
      const reason = row.without?.[scenario];
      if (reason !== undefined) {
        cells.push(`n.a.: ${reason}`);
        continue;
      }
      const expected = expectedOf(row, scenario);
      const { outcome, details } = await outcomeOf(sides, row, scenario);
      // Of some the time decides which it is.
      const isExpected = [expected].flat().includes(outcome);
      if (isExpected) passes++;
      else failures++;
      cells.push(isExpected ? outcome : `FAILED: ${outcome}, not ${expected}`);
      console.log(`${isExpected ? 'ok' : 'FAILED'} ${row.name}: ${scenario}: ${outcome}`);
      if (!isExpected) console.log(`  expected ${expected}\n${details.replace(/^/gm, '  ')}`);
    }
  } finally {
    await sides.end();
  }
  return [row.name, versionOf(row.library), ...cells];
}

/** @param {string[]} cells */
const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const table = [];
for (const name of asked.length > 0 ? asked : files) {
  const file = join(kRows, `${name}.mjs`);
  const { rows } = await import(file);
  for (const row of /** @type {Row[]} */ (rows)) {
    const [major = 0] = process.versions.node.split('.').map(Number);
    if (row.needs !== undefined && major < Number(row.needs)) {
      console.log(`skipped ${row.name}: needs Node ${row.needs}`);
      continue;
    }
    table.push(
      row.only === undefined ? await tryRow(file, row) : await tryOnly(file, row, row.only),
    );
  }
}
const head = ['library', 'version', ...names];
console.log(`\n${kind}, Node ${process.versions.node}\n`);
console.log([line(head), line(head.map(() => '---')), ...table.map(line)].join('\n'));
console.log(`\n${passes} passed, ${failures} failed`);
process.exitCode = failures > 0 || passes + failures === 0 ? 1 : 0;
