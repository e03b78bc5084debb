/** The default directories of other users, beside the own one. */
import { join } from 'node:path';
import { type Check, ok, warning } from './check.js';
import { namesIn, ownUser, quoted, statOf } from './machine.js';

const kParent = '/dev/shm';

export const otherUsers: Check = {
  id: 'other-users',
  examine() {
    const others = namesIn(kParent).flatMap((name) => {
      const user = /^smipc-(\d+)$/.exec(name)?.[1];
      const found = statOf(join(kParent, name));
      if (user === undefined || found === undefined || Number(user) === ownUser()) return [];
      return [{ path: join(kParent, name), user: Number(user), owner: found.uid }];
    });
    // Its user can open nothing there.
    const taken = others.filter(({ user, owner }) => owner !== 0 && owner !== user);
    if (taken.length > 0) {
      const list = taken.map(({ path, owner }) => `${path} belongs to user ${owner}`).join(', ');
      return warning(`a directory that is meant for one user is another's: ${list}`, {
        advice: 'find out who made it; the user whose number it has cannot use it',
        command: `ls -ldn ${taken.map(({ path }) => quoted(path)).join(' ')}`,
      });
    }
    if (others.length === 0) return ok(`no other user has channels in ${kParent}`);
    const list = others.map(({ user }) => user).join(', ');
    return ok(`other users have channels in ${kParent}, too, and share its space: ${list}`);
  },
};
