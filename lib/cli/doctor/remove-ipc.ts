/** Whether the system removes this user's channels when the user logs out. */
import { join } from 'node:path';
import { type Check, ok, unknown, warning } from './check.js';
import { removeIpcSetting } from './logind.js';
import { loginName, ownUser, quoted, readText, statOf } from './machine.js';

const kSharedMemory = '/dev/shm';
/** sd_booted(3). Its other folders are in images of containers, too, where it does not run. */
const kBooted = '/run/systemd/system';
/** Of systemd; distributors rarely choose another. */
const kLastSystemUser = 999;

export const removeIpc: Check = {
  id: 'remove-ipc',
  examine({ directory }) {
    const uid = ownUser();
    if (uid === undefined) return unknown('this system has no user ids');
    if (directory !== kSharedMemory && !directory.startsWith(`${kSharedMemory}/`)) {
      return ok(`only files in ${kSharedMemory} are removed when a user logs out`);
    }
    if (statOf(kBooted) === undefined) return ok('systemd does not run here');
    if (uid <= lastSystemUser())
      return ok(`files of system users, such as ${uid}, are not removed`);
    const { isOn, file } = removeIpcSetting();
    if (!isOn) return ok(`RemoveIPC is off${file === undefined ? '' : `, by ${file}`}`);
    const name = loginName() ?? String(uid);
    if (statOf(join('/var/lib/systemd/linger', name)) !== undefined) {
      return ok(`RemoveIPC is on, but ${name} lingers, and so is never logged out`);
    }
    const isLoggedIn = statOf(`/run/systemd/users/${uid}`) !== undefined;
    const state = isLoggedIn ? 'is logged in' : 'is not logged in';
    return warning(
      `RemoveIPC is on${file === undefined ? ' by default' : `, by ${file}`}: when the last session of ${name} ends, all files of that user in ${kSharedMemory} are removed, channels in use as well (${name} ${state} now)`,
      {
        advice:
          'let the user linger, run the programs as a system user, or set RemoveIPC=no in logind.conf',
        command: `loginctl enable-linger ${quoted(name)}`,
      },
    );
  },
};

function lastSystemUser(): number {
  const found = /^\s*SYS_UID_MAX\s+(\d+)/m.exec(readText('/etc/login.defs') ?? '')?.[1];
  return found === undefined ? kLastSystemUser : Number(found);
}
