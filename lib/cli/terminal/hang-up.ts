/**
 * Terminals that have gone, of which no signal tells in a session that is not theirs: a window that was
 * closed, to a program behind setsid(1). What cannot write to it ends as it would by that signal; what
 * has nothing to do with it goes on, and keeps its exit status.
 */
import { closeSync } from 'node:fs';
import process from 'node:process';
import { isatty } from 'node:tty';
import { endBy } from './signals.js';

const kStdout = 1;
/** Of the standard streams, at the start. */
const kTerminals = [0, 1, 2].filter((fd) => isatty(fd));

const isHungUp = (fd: number): boolean => kTerminals.includes(fd) && !isatty(fd);

/** Before anything is done. */
export function watchTerminals(): void {
  process.on('exit', () => {
    for (const fd of kTerminals) if (isHungUp(fd)) forget(fd);
  });
}

/** Does not return if stdout was a terminal, and it has gone. */
export function endIfHungUp(): void {
  if (isHungUp(kStdout)) endBy('SIGHUP');
}

/** In the end Node 20 sets the modes of its terminals back, and aborts if one has gone. */
function forget(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // It was closed.
  }
}
