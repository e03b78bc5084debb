/** What programs run, by their ids. */
import { readFileSync } from 'node:fs';

/** The command line of a process; undefined: there is none of that id, or it is not ours to see. */
export function commandOf(pid: number): string | undefined {
  try {
    // proc(5): its arguments, each with a NUL behind it.
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}
