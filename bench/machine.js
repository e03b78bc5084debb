/** What the figures were measured on. */
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';

export function describeMachine() {
  const processors = cpus();
  return {
    processor: nameOf(processors[0]?.model ?? 'unknown'),
    cores: processors.length,
    memoryBytes: totalmem(),
    newPageNanoseconds: newPageNanoseconds(),
    kernel: `${type()} ${release()}`,
    node: process.version,
    commit: commitOf(),
    date: new Date().toISOString(),
  };
}

/** What it costs to touch a page of memory for the first time: much of what is slow at first. */
function newPageNanoseconds() {
  const pageBytes = 4096;
  const bytes = Buffer.allocUnsafeSlow(64 * 1024 * 1024);
  const start = performance.now();
  for (let at = 0; at < bytes.length; at += pageBytes) bytes[at] = 1;
  return Math.round(((performance.now() - start) * 1e6) / (bytes.length / pageBytes));
}

/** Without what only makes it long, as in "Intel(R) Xeon(R) Processor". @param {string} model */
const nameOf = (model) => model.replaceAll(/\(R\)|\(TM\)|\bProcessor\b/g, '').trim();

/** Empty outside of a clone. */
function commitOf() {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  try {
    const options = /** @type {const} */ ({ cwd, encoding: 'utf8', stdio: 'pipe' });
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], options).trim();
  } catch {
    return '';
  }
}
