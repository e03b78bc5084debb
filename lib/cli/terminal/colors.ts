/** Colours on stdout: on a terminal that has some, unless NO_COLOR; everywhere with FORCE_COLOR. */
import process from 'node:process';
import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** Of FORCE_COLOR, as Node has them: whatever else it is, it means no. */
const kForcing = ['', '1', 'true', '2', '3'];

/** FORCE_COLOR goes before NO_COLOR. Node would say so on stderr if it had to decide. */
export function hasColor(): boolean {
  const { FORCE_COLOR } = process.env;
  if (FORCE_COLOR !== undefined) return kForcing.includes(FORCE_COLOR);
  return process.stdout.isTTY === true && process.stdout.hasColors();
}

/** @param style undefined: as it is */
export function styled(text: string, style: Style | undefined): string {
  if (style === undefined || !hasColor()) return text;
  return styleText(style, text, { validateStream: false });
}
