/** The control groups of this process: cgroups(7). */
import { dirname, join } from 'node:path';
import { readText, statOf } from './machine.js';
import { mounts } from './mounts.js';

/** A group of processes of this process's hierarchy, and those above it, from the inside out. */
export function controlGroups(controller: 'memory' | 'pids'): { isV1: boolean; paths: string[] } {
  const lines = (readText('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'));
  const v1 = lines.find(([, controllers]) => controllers?.split(',').includes(controller));
  const v2 = lines.find(([hierarchy, controllers]) => hierarchy === '0' && controllers === '');
  const isV1 = v1 !== undefined;
  const group = (v1 ?? v2)?.slice(2).join(':');
  const mount = controlGroupMount(isV1 ? controller : undefined);
  if (group === undefined || mount === undefined) return { isV1, paths: [] };
  return { isV1, paths: pathsFrom(mount, group) };
}

interface GroupMount {
  readonly point: string;
  readonly root: string;
}

/** Where the hierarchy is mounted. `controller`: of v1. */
function controlGroupMount(controller: string | undefined): GroupMount | undefined {
  for (const { type, options, point, root } of mounts()) {
    const isWanted =
      controller === undefined
        ? type === 'cgroup2'
        : type === 'cgroup' && options.split(',').includes(controller);
    if (isWanted) return { point, root };
  }
  return undefined;
}

/** The group's directory and those above it, as far as the mount shows them. */
function pathsFrom({ point, root }: GroupMount, group: string): string[] {
  const below = root === '/' ? group : group.startsWith(root) ? group.slice(root.length) : '';
  const paths: string[] = [];
  for (let path = join(point, below); path.startsWith(point); path = dirname(path)) {
    paths.push(path);
    if (path === point) break;
  }
  return paths.filter((path) => statOf(path) !== undefined);
}
