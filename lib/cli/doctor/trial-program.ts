/**
 * The trial of `smipc doctor`: uses channels as any program would, and tells what it sees on the way.
 * Its argument is a JSON text: TrialTask. A process of its own: what is wrong may end it.
 */
import { Buffer } from 'node:buffer';
import { closeSync, openSync, readdirSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { type Channel, type ChannelStatus, inspect, openChannel } from '../../index.js';
import type { News, Refusal, Sights, Step } from './trial-report.js';

/** Put in when the package is built. */
declare const SMIPC_VERSION: string;

/** What the trial is given. */
export interface TrialTask {
  /** Of channels. Nothing is made there. */
  readonly directory: string;
  /** A directory for the trial alone; '': there is none. */
  readonly home: string;
}

const kCapacity = 65_536;
/** More than once around the ring. */
const kTrialBytes = 3 * kCapacity + 1;
const kAbsentName = `doctor-${process.pid}`;

/** At once, since the next step may end this process. */
function tell(news: News): void {
  writeSync(1, `${JSON.stringify(news)}\n`);
}

const begin = (step: Step): void => tell({ begins: step });
const see = (sees: Sights): void => tell({ sees });

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? '');
const refusalOf = (error: unknown): Refusal => ({
  code: codeOf(error),
  message: error instanceof Error ? error.message : String(error),
});

async function main({ directory, home }: TrialTask): Promise<void> {
  begin('load');
  if (!load(directory)) return;
  begin('look');
  look(directory);
  begin('knock');
  knock(directory);
  if (home !== '') await tryChannel(home);
  begin('done');
}

/** Whether the addon is there. */
function load(dir: string): boolean {
  const before = new Set(executables());
  try {
    inspect(kAbsentName, { dir });
  } catch (error) {
    // Others are about the directory: see knock().
    if (codeOf(error) === 'ERR_SMIPC_ADDON') {
      see({ loadRefusal: refusalOf(error) });
      return false;
    }
  }
  const isLibrary = (path: string): boolean => /\/lib[^/]*\.so[^/]*$/.test(path);
  const addon = executables().find((path) => !before.has(path) && !isLibrary(path));
  see({ version: SMIPC_VERSION, ...(addon === undefined ? {} : { addon }) });
  return true;
}

/**
 * Opens a channel that is not there: all that is asked of a directory is asked, and nothing is made.
 * It sweeps a little, as every opening does; so what is there has been looked at before.
 */
function knock(dir: string): void {
  try {
    openChannel(kAbsentName, 'r', { dir, create: 'never' });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') see({ directoryRefusal: refusalOf(error) });
  }
}

/** Each by its name: list() would remove some of what is left over. */
function look(dir: string): void {
  const channels: ChannelStatus[] = [];
  const damaged: string[] = [];
  for (const name of namesIn(dir)) {
    try {
      channels.push(inspect(name, { dir }));
    } catch (error) {
      if (codeOf(error) === 'ERR_SMIPC_CORRUPT') damaged.push(name);
    }
  }
  see({ channels, damaged });
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => !name.startsWith('.'));
  } catch {
    // The directory's own check says why.
    return [];
  }
}

async function tryChannel(dir: string): Promise<void> {
  begin('open');
  const name = 'trial';
  let ends: Channel[];
  try {
    const reader = openChannel(name, 'r', { dir, capacity: kCapacity });
    const one = waiterThreads();
    see({ ...headerOf(join(dir, name)), zeroCopy: reader.zeroCopy, ...fileOf(dir) });
    const second = openChannel('second', 'r', { dir, capacity: kCapacity });
    const two = waiterThreads();
    // Without their names, or without /proc, none is seen.
    if (one !== undefined && two !== undefined) see({ waitsTogether: two === one });
    ends = [openChannel(name, 'w', { dir }), reader, second];
  } catch (error) {
    see({ openRefusal: refusalOf(error) });
    return;
  }
  begin('carry');
  try {
    await carry(ends[0] as Channel, ends[1] as Channel);
    for (const end of ends) await end.close();
  } catch (error) {
    see({ carryRefusal: refusalOf(error) });
  }
}

/** The reader waits for the writer, and the writer for the reader. */
async function carry(writer: Channel, reader: Channel): Promise<void> {
  const sent = Buffer.alloc(kTrialBytes, 'doctor');
  const taken = Buffer.alloc(kTrialBytes);
  const write = async (): Promise<void> => {
    await writer.write(sent);
    writer.end();
  };
  const read = async (): Promise<void> => {
    let size = 0;
    while (size < kTrialBytes) {
      const more = await reader.read(taken.subarray(size));
      if (more === 0) break;
      size += more;
    }
  };
  await Promise.all([read(), write()]);
  if (taken.equals(sent)) see({ carriedBytes: kTrialBytes });
}

// --- what can be seen of it from outside ----------------------------------------------------------

/** The header's words: docs/protocol.md, section 2. */
const kVersionOffset = 8;
const kRoleSchemeOffset = 28;
const kReaderBellOffset = 784;
const kRobustList = 1;

function headerOf(path: string): Sights {
  const bytes = Buffer.alloc(kReaderBellOffset + 8);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(fd);
  }
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  if (words.getUint32(kVersionOffset, isLittle) !== 1) return {};
  const scheme = words.getUint32(kRoleSchemeOffset, isLittle);
  return {
    roleScheme: scheme === kRobustList ? 'robust-lists' : 'file-locks',
    hasBell: words.getBigUint64(kReaderBellOffset, isLittle) !== 0n,
  };
}

/** The kernel calls a file that was made without a name `#` and its number: for ever, where it maps it. */
function fileOf(dir: string): Sights {
  const paths = mappings().map(({ path }) => path);
  if (paths.length === 0) return {};
  return { isNameless: paths.some((path) => path.startsWith(`${dir}/#`)) };
}

interface Mapping {
  readonly permissions: string;
  readonly path: string;
}

/** Of this process, as far as files are mapped: proc(5). */
function mappings(): Mapping[] {
  let text: string;
  try {
    text = readFileSync('/proc/self/maps', 'utf8');
  } catch {
    return [];
  }
  return [...text.matchAll(/^\S+ (\S+) \S+ \S+ \d+ +(\/.*)$/gm)].map(
    ([, permissions = '', path = '']) => ({ permissions, path }),
  );
}

function executables(): string[] {
  return mappings()
    .filter(({ permissions }) => permissions.includes('x'))
    .map(({ path }) => path);
}

/** How many threads of this process wait for channels; undefined: that is not shown. */
function waiterThreads(): number | undefined {
  try {
    const names = readdirSync('/proc/self/task').map((id) =>
      readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim(),
    );
    return names.filter((name) => name === 'smipc-waiter').length || undefined;
  } catch {
    return undefined;
  }
}

void main(JSON.parse(process.argv[2] as string) as TrialTask);
