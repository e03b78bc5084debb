/** Whether this runtime is one that smipc was tried in: docs/runtimes.md. */
import process from 'node:process';
import { type Check, type Finding, failed, ok, unknown, warning } from './check.js';

interface Tried {
  readonly name: string;
  /** The first and the last version in which all was tried. */
  readonly from: string;
  readonly to: string;
}

const kRuntimes: Readonly<Record<string, Tried>> = {
  bun: { name: 'Bun', from: '1.4.5', to: '1.4.5' },
  deno: { name: 'Deno', from: '2.9.6', to: '2.9.6' },
  node: { name: 'Node', from: '20.19.0', to: '26.12.1' },
};

export const runtime: Check = {
  id: 'runtime',
  examine() {
    const { versions } = process;
    const kind = versions.bun !== undefined ? 'bun' : versions.deno !== undefined ? 'deno' : 'node';
    return judgeRuntime(kind, versions[kind] ?? '');
  },
};

/** `version`: as process.versions has it. */
function judgeRuntime(kind: string, version: string): Finding {
  const tried = kRuntimes[kind];
  if (tried === undefined || version === '')
    return unknown('this runtime does not say its version');
  const shown = `${tried.name} ${version}`;
  if (kind === 'node' && !isSupportedNode(version)) {
    return failed(`${shown} is not supported`, {
      advice: 'use Node 20 from 20.19 on, or 22.12 or later',
    });
  }
  if (compare(version, tried.from) < 0) {
    return warning(`${shown} is older than what smipc was tried in, ${tried.from}`, {
      advice: 'use a newer one',
    });
  }
  // A later patch is like the one that was tried.
  const [major, minor] = parts(version);
  const [lastMajor, lastMinor] = parts(tried.to);
  const isNewer =
    major > lastMajor || (kind !== 'node' && major === lastMajor && minor > lastMinor);
  if (isNewer) {
    return warning(`${shown} is newer than what smipc was tried in, ${tried.to}`, {
      advice: 'look into docs/runtimes.md of a newer smipc, if there is one',
    });
  }
  return ok(shown);
}

/** `engines` of package.json. */
function isSupportedNode(version: string): boolean {
  const [major, minor] = parts(version);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
}

function parts(version: string): [number, number, number] {
  const [major = 0, minor = 0, patch = 0] = version
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return [major, minor, patch];
}

function compare(a: string, b: string): number {
  const [x, y] = [parts(a), parts(b)];
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
}
