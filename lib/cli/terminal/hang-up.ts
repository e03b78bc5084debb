/**
 * Terminals that have gone, of which no signal tells in a session that is not theirs: a window that was
 * closed behind setsid(1), a connection that broke. The program ends as it would by that signal. In
 * the end Node would set their modes back, and abort (Node 20.20.2; later ones do not).
 */
import process from 'node:process';
import { isatty } from 'node:tty';
import { endBy } from './signals.js';

/** At the start. */
const kTerminals = [0, 1, 2].filter((fd) => isatty(fd));

/** Before anything is done. */
export function watchTerminals(): void {
  process.on('exit', endIfHungUp);
}

/** Does not return if one of the standard streams was a terminal, and it has gone. */
export function endIfHungUp(): void {
  if (kTerminals.some((fd) => !isatty(fd))) endBy('SIGHUP');
}
