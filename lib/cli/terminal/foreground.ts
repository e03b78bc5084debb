/** Whose the terminal is. */
import { readFileSync } from 'node:fs';

const kNoTerminal = '-1';

/**
 * Whether what is typed at the terminal goes to the job that this process belongs to, so that it may
 * draw there, too. Undefined: it has no terminal, or that cannot be told.
 */
export function isInForeground(): boolean | undefined {
  try {
    // proc_pid_stat(5). The command, in parentheses, may have anything in it.
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [, , group, , , foreground] = stat
      .slice(stat.lastIndexOf(')') + 1)
      .trim()
      .split(' ');
    return foreground === kNoTerminal ? undefined : foreground === group;
  } catch {
    return undefined;
  }
}
