/** Whether bytes go through a channel. */
import { type Check, failed, ok, unknown } from './check.js';
import type { Step } from './trial-report.js';

const kSteps: Readonly<Record<Step, string>> = {
  load: 'it loaded the addon',
  knock: 'it asked for a channel',
  look: 'it looked at the channels that are there',
  open: 'it opened a channel',
  carry: 'bytes went through a channel',
  done: 'it was about to end',
};

export const channel: Check = {
  id: 'channel',
  async examine({ directory, ...scene }) {
    const trial = await scene.trial();
    const { step, end, loadRefusal } = trial;
    const refusal = trial.directoryRefusal ?? trial.openRefusal ?? trial.carryRefusal;
    if (end !== undefined && (step !== undefined || end.startsWith('SIG'))) {
      const when = step === undefined ? 'when it started' : `when ${kSteps[step]}`;
      return failed(`a program that uses channels was ended ${when}: ${end}`, {
        advice: adviceFor(end),
      });
    }
    if (end !== undefined) return unknown(`no program can be started to try it: ${end}`);
    if (loadRefusal !== undefined) return unknown('the addon was not loaded');
    if (refusal !== undefined) {
      const advice =
        trial.directoryRefusal === undefined ? checksFor(refusal.code) : 'see directory';
      return failed(`${directory} cannot be used: ${refusal.message}`, { advice });
    }
    if (trial.carriedBytes === undefined)
      return failed('what came out of a channel is not what went in');
    return ok(
      `${trial.carriedBytes} bytes went through one, in a directory of its own on that file system`,
    );
  },
};

/** Which checks look for the cause, by the code of what failed. */
const kCauses: readonly (readonly [RegExp, string])[] = [
  [/^ENOSPC$/, 'see space, inodes and memory'],
  [/^(EPERM|ENOSYS)$/, 'see seccomp'],
  [
    /^(EAGAIN|EFBIG|EMFILE|ENOMEM)$/,
    'see descriptors, file-size, address-space, mappings, threads',
  ],
  [/^(EACCES|EROFS)$/, 'see directory and file-system'],
];

const kOtherwise = 'see file-system and seccomp';

function checksFor(code: string): string {
  return kCauses.find(([pattern]) => pattern.test(code))?.[1] ?? kOtherwise;
}

function adviceFor(end: string): string {
  switch (end) {
    case 'SIGSYS':
      return 'see seccomp';
    case 'SIGKILL':
      return 'see memory; the log of the kernel says whether it was short of memory';
    case 'SIGBUS':
      return 'the file system gave no memory for a file that it had reserved: use another directory';
    case 'SIGSEGV':
    case 'SIGILL':
      return 'the addon is perhaps of another system: see addon';
    default:
      return 'please report it, with the output of smipc doctor --json';
  }
}
