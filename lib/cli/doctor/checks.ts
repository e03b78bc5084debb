/** All checks, in the order in which they are shown: from what is needed first to what may come. */
import { addon } from './addon.js';
import { bootId } from './boot-id.js';
import { channel } from './channel.js';
import type { Check } from './check.js';
import { directory } from './directory.js';
import { facilities } from './facilities.js';
import { fileSystem } from './file-system.js';
import { hugePages } from './huge-pages.js';
import { damaged, leftOver } from './left-over.js';
import { limits } from './limits.js';
import { memory } from './memory.js';
import { otherUsers } from './other-users.js';
import { removeIpc } from './remove-ipc.js';
import { runtime } from './runtime.js';
import { seccomp } from './seccomp.js';
import { inodes, space } from './space.js';
import { system } from './system.js';
import { variables } from './variables.js';

export const checks: readonly Check[] = [
  system,
  runtime,
  addon,
  variables,
  directory,
  fileSystem,
  space,
  inodes,
  memory,
  channel,
  seccomp,
  ...facilities,
  hugePages,
  removeIpc,
  bootId,
  leftOver,
  damaged,
  otherUsers,
  ...limits,
];
