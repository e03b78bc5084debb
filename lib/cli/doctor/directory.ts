/** Whether the directory of channels can be trusted, and used. */
import { accessSync, constants, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Check, type Finding, failed, ok, type Scene } from './check.js';
import { modeText, ownUser, quoted, statOf, userText } from './machine.js';

/** What smipc refuses, unless the option `permissions` includes them: writing by others. */
const kOthersWrite = 0o022;
const kSticky = 0o1000;

const kSources = {
  option: 'chosen by --dir',
  SMIPC_DIR: 'chosen by SMIPC_DIR',
  default: 'the default',
} as const;

export const directory: Check = {
  id: 'directory',
  async examine(scene) {
    const found = statOf(scene.directory);
    const flaw = found === undefined ? flawOfMissing(scene) : flawOf(scene.directory, found);
    if (flaw !== undefined) return flaw;
    const { directoryRefusal: refusal } = await scene.trial();
    if (refusal !== undefined) return failed(refusal.message);
    const place = `${scene.directory}, ${kSources[scene.chosenBy]}`;
    if (found === undefined) {
      return ok(`${place}: it is not there yet; the first channel makes it, with mode 0700`);
    }
    return ok(`${place}: belongs to ${userText(found.uid)}, mode ${modeText(found.mode)}`);
  },
};

/** Only the last directory of the path is made. */
function flawOfMissing({ directory, chosenBy }: Scene): Finding | undefined {
  const parent = dirname(directory);
  if (statOf(parent) === undefined) {
    return failed(`${directory} cannot be made, because ${parent} does not exist`, {
      advice:
        chosenBy === 'default'
          ? 'mount a tmpfs there, or choose another directory with SMIPC_DIR'
          : 'make it first',
      command: `mkdir -p ${quoted(parent)}`,
    });
  }
  if (!mayWrite(parent)) {
    return failed(`${directory} cannot be made, because this user cannot write in ${parent}`, {
      advice: 'choose another directory with SMIPC_DIR',
    });
  }
  return undefined;
}

function flawOf(path: string, { uid, mode }: Stats): Finding | undefined {
  if ((mode & constants.S_IFMT) === constants.S_IFLNK) {
    return failed(`${path} is a symbolic link, which smipc does not follow`, {
      advice: 'name the directory itself, or make a real one',
    });
  }
  if ((mode & constants.S_IFMT) !== constants.S_IFDIR) {
    return failed(`${path} is not a directory`, {
      advice: 'remove it, or choose another one with SMIPC_DIR',
    });
  }
  if (uid !== 0 && uid !== ownUser()) {
    return failed(
      `${path} belongs to ${userText(uid)}, so its files cannot be trusted; this process runs as user ${ownUser()}`,
      { advice: 'choose a directory of your own with SMIPC_DIR, or have it removed' },
    );
  }
  if ((mode & kOthersWrite) !== 0) return writableByOthers(path, mode);
  if (!mayWrite(path)) {
    return failed(
      `this user cannot write in ${path}: it belongs to ${userText(uid)} and has mode ${modeText(mode)}, or its file system is read-only`,
      { advice: 'choose another directory with SMIPC_DIR' },
    );
  }
  return undefined;
}

function writableByOthers(path: string, mode: number): Finding {
  const reason = `${path} has mode ${modeText(mode)}: others may write there, and put files of their own under a channel's name`;
  if ((mode & kSticky) !== 0) {
    return failed(reason, {
      advice: 'use a directory of your own in it',
      command: `export SMIPC_DIR=${quoted(join(path, `smipc-${ownUser()}`))}`,
    });
  }
  return failed(reason, {
    advice:
      'take that right away, or include those users in the option `permissions` of every channel',
    command: `chmod go-w ${quoted(path)}`,
  });
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
