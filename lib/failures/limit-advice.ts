/** Which limit of this process or of the system was reached: descriptors, memory, threads. */
import { closeSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Attempt, needed } from './attempt.js';
import { limits, read } from './machine.js';

/** Mappings that a channel takes: the address range that it reserves is divided into that many. */
const kMappings = 4;

export function noDescriptor(): string {
  const { descriptors } = limits();
  return `this process has reached its limit of ${descriptors} open files: close some, or raise the limit (ulimit -n)`;
}

export function noFileInSystem(): string {
  const most = read('/proc/sys/fs/file-max');
  const limit = most === undefined ? '' : `, ${most}`;
  return `the system has reached its limit of open files${limit}: raise it (sysctl fs.file-max)`;
}

export function noMappings({ wantedBytes }: Attempt): string {
  const { addressSpaceBytes: addressSpace } = limits();
  const size = /^VmSize:\s*(\d+)/m.exec(read('/proc/self/status') ?? '')?.[1];
  const used = Number(size) * 1024;
  // The ring is mapped twice.
  const mapped = 2 * (wantedBytes ?? 0);
  if (used + mapped + 65_536 > addressSpace) {
    return `the address space of this process is limited to ${addressSpace} bytes, of which ${used} are used, and the ring needs twice its size, ${mapped} bytes: use a smaller \`capacity\`, or raise the limit (ulimit -v)`;
  }
  const most = Number(read('/proc/sys/vm/max_map_count'));
  const count = countMappings();
  if (count !== undefined && count + kMappings >= most) {
    return `this process has ${count} memory mappings of at most ${most}, and a channel needs ${kMappings}: close some channels, or raise the limit (sysctl vm.max_map_count)`;
  }
  return `too little memory or address space is free${needed(wantedBytes)}`;
}

/** Reads in small pieces: a process that can map no more memory has none for a long text. */
function countMappings(): number | undefined {
  const piece = new Uint8Array(4096);
  let count = 0;
  try {
    const fd = openSync('/proc/self/maps', 'r');
    try {
      for (;;) {
        const size = readSync(fd, piece);
        if (size === 0) return count;
        for (let i = 0; i < size; i++) if (piece[i] === 0x0a) count++;
      }
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

export function noThread(): string {
  const { addressSpaceBytes: addressSpace, threads } = limits();
  const known: string[] = [];
  if (threads !== Infinity) known.push(`${threads} threads of this user (ulimit -u)`);
  if (addressSpace !== Infinity) known.push(`${addressSpace} bytes of address space (ulimit -v)`);
  const group = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1];
  for (let path = group; path !== undefined; path = path === '/' ? undefined : dirname(path)) {
    const most = read(join('/sys/fs/cgroup', path, 'pids.max'));
    if (most !== undefined && most !== 'max')
      known.push(`${most} threads in cgroup ${path} (pids.max)`);
  }
  const found = known.length === 0 ? 'none found' : known.join(', ');
  return `the waiter thread could not be started; limits: ${found}; end some threads, or raise a limit`;
}
