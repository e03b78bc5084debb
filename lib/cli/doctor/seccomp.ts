/** Whether a filter of system calls is in force: seccomp(2). */
import { type Check, type Finding, failed, ok, unknown, warning } from './check.js';
import { figureIn, readText } from './machine.js';

/** What seccompMode() says then. */
export const kFilter = 2;
/** The page that lists the calls. */
const kPage = 'docs/system-calls.md';

export const seccomp: Check = {
  id: 'seccomp',
  async examine(scene) {
    const trial = await scene.trial();
    if (trial.end === 'SIGSYS') return killed(trial.remedy);
    const mode = seccompMode();
    if (mode === undefined) return unknown('/proc/self/status does not say it');
    if (mode !== kFilter) return ok('no system call is filtered');
    // Whatever the code: EPERM of a file system means that it cannot hold channels.
    const refusal = (trial.directoryRefusal ?? trial.openRefusal)?.message ?? '';
    const words = /\b(EPERM|ENOSYS)\b/.exec(refusal)?.[1];
    if (words !== undefined) {
      return failed(`a filter is in force, and opening a channel fails with ${words}`, {
        advice: `let it allow the calls that smipc needs: ${kPage}`,
      });
    }
    const missing = [
      ...(trial.roleScheme === 'file-locks' ? ['set_robust_list'] : []),
      ...(trial.waitsTogether === false ? ['futex_waitv'] : []),
      ...(trial.hasBell === false ? ['mknodat'] : []),
    ];
    if (missing.length === 0) return ok('a filter is in force, and allows what smipc uses');
    return warning(`a filter is in force, and smipc does without ${missing.join(', ')}`, {
      advice: `let it allow them, if it is the filter that refuses them: ${kPage}`,
    });
  },
};

function killed(remedy: string | undefined): Finding {
  const reason = 'a filter kills a process at a system call of smipc';
  if (remedy === undefined) {
    return failed(reason, {
      advice: `let it allow the calls of ${kPage}; the kernel's log has the number of the call`,
    });
  }
  return failed(reason, {
    advice: `let it allow the calls of ${kPage}, or set SMIPC_FALLBACK, with which it was not killed`,
    command: `export SMIPC_FALLBACK=${remedy}`,
  });
}

/** 0: none; 1: strict; 2: a filter. */
export function seccompMode(): number | undefined {
  return figureIn(readText('/proc/self/status'), 'Seccomp');
}
