/** What stands under a name, where a channel was to be opened that it is not. */
import { join } from 'node:path';
import { loadAddon } from '../environment/addon.js';
import { kLayoutVersion } from '../environment/contract.js';
import type { Framing } from '../options/options.js';

/** What the two ends must agree upon. */
export interface Terms {
  framing: Framing;
  resume: boolean;
}

/** Who has a channel open, or had it. */
export interface Owner {
  role: 'writer' | 'reader';
  pid: number;
  isOpen: boolean;
}

/** A channel, or a server's name, that is there, and was not what was to be opened. */
export interface Mismatch {
  there: Terms | { framing: 'connections'; resume: boolean };
  /** undefined: a server. */
  wanted: Terms | undefined;
  owner: Owner | undefined;
}

/** The options that make an end of this kind. */
const kFramingOptions: Record<Framing, string> = {
  bytes: 'without `objectMode` and `messages`',
  messages: 'with `messages: true`',
  objects: 'with `objectMode: true`',
};

function describe({ framing, resume }: Terms): string {
  return `${framing} ${resume ? 'with' : 'without'} resume`;
}

function describeOwner({ role, pid, isOpen }: Owner): string {
  return isOpen ? ` (its ${role} is process ${pid})` : ` (its ${role} was process ${pid})`;
}

/** Of what dead processes have left: it can go. */
function removalOf(channel: string, owner: Owner | undefined): string {
  return owner?.isOpen ? '' : ` remove('${channel}') if nobody needs what is left in it,`;
}

/** How a channel differs from what was to be opened, and what to do about it. */
export function mismatchText(
  directory: string,
  channel: string,
  { there, wanted, owner }: Mismatch,
): string {
  if (there.framing === 'connections') {
    const server = owner === undefined ? '' : ` (process ${owner.pid})`;
    return `it is the name of a server${server} in ${directory}: connect() to it with smipc/net, or use another name`;
  }
  if (wanted === undefined) {
    const whose = owner === undefined ? '' : describeOwner(owner);
    return `there is a channel in ${directory}${whose}, and no server:${removalOf(channel, owner)} use another name`;
  }
  const subject = `the channel in ${directory}${owner === undefined ? '' : describeOwner(owner)}`;
  if (there.framing === wanted.framing && there.resume === wanted.resume) {
    return `${subject} has its roles held by robust lists, which this process has not: SMIPC_FALLBACK says so, or the system lacks them`;
  }
  const ways = [
    ...(there.framing === wanted.framing ? [] : [kFramingOptions[there.framing]]),
    ...(there.resume === wanted.resume ? [] : [`with \`resume: ${there.resume}\``]),
  ];
  return (
    `${subject} carries ${describe(there)}, but ${describe(wanted)} were requested:` +
    ` open it ${ways.join(' and ')},${removalOf(channel, owner)} or use another name`
  );
}

/** What is wrong with a file that is no channel, or none that this version can open. */
export function strangeFileText(directory: string, name: string): string {
  const path = join(directory, name);
  const version = loadAddon().layoutVersion(directory, name);
  if (version <= 0) {
    return `${path} is not a channel, and is left alone: use another name, or remove what is there`;
  }
  if (version === kLayoutVersion) {
    return `the channel ${path} needs what this version of smipc does not know: use the version that made it`;
  }
  return (
    `the channel ${path} has layout version ${version}, and this smipc has version ${kLayoutVersion}:` +
    ' use the same version of smipc in both processes, or remove the channel with force: true'
  );
}
