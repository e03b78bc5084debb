/**
 * Runs the models of the protocol: `npm run verify [PART OF A MODEL'S OR MUTANT'S NAME...]`.
 * README.md says what is in a model, and what this demands of it.
 *
 * Needs spin (Debian: `apt-get install spin`) and a C compiler.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const kFolder = import.meta.dirname;
const kRoot = join(kFolder, '..');
const kDepth = 200_000;
const kMemoryMiB = 3000;
/** Far more than any needs. */
const kSecondsAtMost = 600;

/** What is wrong; empty: nothing. */
const complaints = [];

// --- what the files say

function readModel(file) {
  const text = readFileSync(join(kFolder, file), 'utf8');
  const matchAll = (pattern) => Array.from(text.matchAll(pattern), (match) => match.slice(1));
  return {
    name: basename(file, '.pml'),
    file,
    text,
    lines: text.split('\n'),
    /** How it is run; a file without is included by others. */
    runs: matchAll(/^ \* verify:(.*)$/gm).map(([flags]) => words(flags)),
    /** Runs that are known to go wrong: what README.md says is left open. */
    gaps: matchAll(/^ \* gap:(.*)$/gm).map(([flags]) => words(flags)),
    /** Further flags of one mutant, which make it quicker to find. */
    mutantFlags: new Map(
      matchAll(/^ \* mutant (\w+):(.*)$/gm).map(([mutant, flags]) => [mutant, words(flags)]),
    ),
    mutants: [...new Set(matchAll(/\bMUTANT_(\w+)/g).flat())],
    sources: matchAll(/@ (\S+): "([^"\n]*)"/g),
    /** These serve for ever: their last state is not reached. */
    endless: matchAll(/^proctype (\w+)\([^)]*\) \{\n(.*?)^\}/gms)
      .filter(([, body]) => /^end\w*:/m.test(body))
      .map(([name]) => name),
  };
}

function words(text) {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** Each step of a model names a line of the C++ that it stands for. Is that line still there? */
function checkSources(model) {
  for (const [source, piece] of model.sources) {
    const path = join(kRoot, source);
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    if (lines.some((line) => line.includes(piece))) continue;
    const number = model.lines.findIndex((line) => line.includes(piece)) + 1;
    complaints.push(`${model.file}:${number} stands for a line that is not in ${source}: ${piece}`);
  }
}

function checkReadme(mutants) {
  const readme = readFileSync(join(kFolder, 'README.md'), 'utf8');
  const tables = readme.slice(readme.indexOf('## Mutants'));
  const listed = new Set(Array.from(tables.matchAll(/^\| `(\w+)` /gm), ([, name]) => name));
  for (const mutant of mutants) {
    if (!listed.delete(mutant)) complaints.push(`README.md does not say what ${mutant} is`);
  }
  for (const mutant of listed) complaints.push(`README.md has a mutant ${mutant}, no model has`);
}

// --- running

function run(command, args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd });
    // Not the option of spawn(): its timer runs on if the command is not there.
    const timer = setTimeout(() => child.kill(), kSecondsAtMost * 1000);
    let output = '';
    const add = (data) => {
      output += data;
    };
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    const finish = (isDone, text) => {
      clearTimeout(timer);
      resolve({ isDone, output: text });
    };
    child.on('error', (error) => finish(false, `${error}`));
    child.on('close', (code) => finish(code === 0, output));
  });
}

/** One search. `mutant`: it must find something; else nothing. */
async function search(work, job) {
  const { model, flags, mutant } = job;
  const folder = join(work, job.id);
  mkdirSync(folder);
  cpSync(kFolder, folder, { recursive: true });
  const defines = mutant === undefined ? flags : [...flags, `-DMUTANT_${mutant}`];
  const generated = await run('spin', ['-a', ...defines, model.file], folder);
  if (!generated.isDone || !existsSync(join(folder, 'pan.c'))) {
    return { problem: `spin does not understand it:\n${generated.output}` };
  }
  const cFlags = ['-w', '-DSAFETY', '-DCOLLAPSE', '-DVECTORSZ=2048', `-DMEMLIM=${kMemoryMiB}`];
  // What a mutant does wrong is mostly found so soon that compiling is what takes time.
  cFlags.push(mutant === undefined || model.mutantFlags.has(mutant) ? '-O2' : '-O0');
  const compiled = await run(process.env.CC ?? 'cc', [...cFlags, '-o', 'pan', 'pan.c'], folder);
  if (!compiled.isDone) return { problem: `the C compiler failed:\n${compiled.output}` };
  const began = performance.now();
  // -E: who may sleep when nothing moves is asserted, state by state, not marked in the text.
  const { output } = await run('./pan', ['-E', `-m${kDepth}`], folder);
  const [, states = '?'] = /^\s*(\S+) states, stored/m.exec(output) ?? [];
  const [, depth = '?'] = /depth reached (\d+)/.exec(output) ?? [];
  const result = { states, depth, seconds: (performance.now() - began) / 1000, output };
  if (/max search depth too small/.test(output)) {
    return { ...result, problem: 'the search was cut off: its depth is too small' };
  }
  const [, violated] = /^pan:1: assertion violated (.*) \(at depth/m.exec(output) ?? [];
  if (violated !== undefined) {
    const replayed = await run('spin', ['-t', ...defines, model.file], folder);
    return { ...result, violated: nameAssertion(job, violated, replayed.output) ?? violated };
  }
  if (!/errors: 0$/m.test(output) || /Search not completed|Bit statespace/.test(output)) {
    return { ...result, problem: `the search was not exhaustive:\n${output}` };
  }
  return result;
}

/** The comment at the assertion that a counterexample ends with. */
function nameAssertion({ model }, violated, replay) {
  const bare = (text) => text.replace(/[\s()]/g, '');
  const [, line] = /^spin: \S+:(\d+), Error: assertion violated/m.exec(replay) ?? [];
  // The line is right where the expression is not: where macros stand in it.
  const place =
    model.lines.find((text) => bare(text).startsWith(bare(`assert(${violated});`))) ??
    model.lines[line - 1] ??
    '';
  return /assert.*?\/\* (.*?) \*\//.exec(place)?.[1];
}

/** What none of a model's runs has reached: a step that is never taken proves nothing. */
function findUnreached(model, results, endless) {
  const unreached = results.map(({ output }) => {
    const found = new Set();
    for (const [, process, states] of output.matchAll(
      /^unreached in (?:proctype )?(\w+)\n((?:\t.*\n)*)/gm,
    )) {
      for (const [, place, text] of states.matchAll(/^\t(\S+), state \d+, "(.*)"$/gm)) {
        if (text === '-end-' && endless.includes(process)) continue;
        const line = model.lines[place.split(':')[1] - 1] ?? '';
        if (!/\/\* not reached/.test(line)) found.add(`${process}, ${place}: ${text}`);
      }
    }
    return found;
  });
  return [...(unreached[0] ?? [])].filter((place) => unreached.every((found) => found.has(place)));
}

/** In words, and whether it is as it should be. */
function judge({ mutant, isGap }, { violated, problem }) {
  if (problem !== undefined) return [`FAILED: ${problem}`, false];
  const holds = violated === undefined;
  if (isGap) {
    return [holds ? 'HOLDS: a gap that is no more' : `known, see README.md: ${violated}`, !holds];
  }
  if (mutant !== undefined) {
    return [holds ? 'SURVIVED: nothing objects' : `found: ${violated}`, !holds];
  }
  return [holds ? 'holds' : `VIOLATED: ${violated}`, holds];
}

function report(job, result) {
  const { model, flags, mutant } = job;
  const { states = '', depth = '', seconds } = result;
  const [verdict, isAsWanted] = judge(job, result);
  const variant = mutant ?? (flags.join(' ') || '-');
  if (!isAsWanted) complaints.push(`${model.name} ${variant}: ${verdict.split('\n')[0]}`);
  const columns = [
    model.name.padEnd(9),
    variant.padEnd(38),
    String(states).padStart(10),
    String(depth).padStart(6),
    (seconds === undefined ? '' : seconds.toFixed(1)).padStart(6),
    verdict,
  ];
  console.log(columns.join('  '));
}

// --- all of it

function planJobs(models, parts) {
  const jobs = [];
  for (const model of models) {
    model.runs.forEach((flags, i) => {
      jobs.push({ id: `${model.name}-${i}`, model, flags });
    });
    model.gaps.forEach((flags, i) => {
      jobs.push({ id: `${model.name}-gap-${i}`, model, flags, isGap: true });
    });
    for (const mutant of model.mutants) {
      const flags = [...model.runs[0], ...(model.mutantFlags.get(mutant) ?? [])];
      jobs.push({ id: `${model.name}-${mutant}`, model, flags, mutant });
    }
  }
  const isWanted = ({ id }) => parts.length === 0 || parts.some((part) => id.includes(part));
  // What takes long comes first, so that no processor is idle at the end.
  const length = ({ model, mutant }) =>
    (mutant === undefined ? 2 : 0) + (model.mutantFlags.has(mutant) ? 1 : 0);
  return jobs.filter(isWanted).sort((a, b) => length(b) - length(a));
}

async function verify(parts) {
  const models = readdirSync(kFolder)
    .filter((file) => file.endsWith('.pml'))
    .sort()
    .map(readModel);
  for (const model of models) checkSources(model);
  checkReadme(models.flatMap(({ mutants }) => mutants));

  const jobs = planJobs(models, parts);
  if (jobs.length === 0) complaints.push('no model and no mutant has that in its name');
  const results = new Map();
  const work = mkdtempSync(join(tmpdir(), 'smipc-verify-'));
  console.log(
    'model      variant                                     states   depth  seconds  verdict',
  );
  let next = 0;
  const takeJobs = async () => {
    while (next < jobs.length) {
      const job = jobs[next++];
      const result = await search(work, job);
      results.set(job, result);
      report(job, result);
    }
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, takeJobs));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  for (const model of models) {
    const own = jobs.filter((job) => job.model === model && job.mutant === undefined && !job.isGap);
    // A part of its runs reaches a part of its steps.
    if (own.length < model.runs.length || own.some((job) => !results.get(job).output)) continue;
    const unreached = findUnreached(
      model,
      own.map((job) => results.get(job)),
      models.flatMap(({ endless }) => endless),
    );
    for (const place of unreached) {
      complaints.push(`${model.name}: a step that nothing reaches, in ${place}`);
    }
  }
  const mutants = jobs.filter(({ mutant }) => mutant !== undefined).length;
  const seconds = Math.round(performance.now() / 1000);
  console.log(`${jobs.length - mutants} searches, ${mutants} mutants, ${seconds} s`);
}

if ((await run('spin', ['-V'])).isDone) {
  await verify(process.argv.slice(2));
} else {
  complaints.push('spin is not installed (Debian: apt-get install spin)');
}
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
