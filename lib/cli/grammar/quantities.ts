/** Sizes, times and rates, as people write and read them. */
import { UsageError } from './usage-error.js';

const kUnits = ['', 'K', 'M', 'G', 'T'] as const;
const kFactor = 1024;

/** `16M`, `16MiB`, `65536`: bytes, in units of 1024. */
export function parseSize(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  if (match === null) {
    throw new UsageError(`${option} takes a size such as 65536, 64K or 1.5G, not '${text}'`);
  }
  const [, number = '', unit = ''] = match;
  const exponent = kUnits.indexOf(unit.toUpperCase() as (typeof kUnits)[number]);
  const bytes = Math.round(Number(number) * kFactor ** exponent);
  if (bytes < 1) throw new UsageError(`${option} takes a size of at least one byte, not '${text}'`);
  return bytes;
}

const kMilliseconds: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const kDuration = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/;

export const isDuration = (text: string): boolean => kDuration.test(text);

/** Of a timer; 24 days. */
const kMostMs = 2 ** 31 - 1;

/** `500ms`, `5s`, `2m`, `1h`; a number alone is seconds. Returns milliseconds. */
export function parseDuration(option: string, text: string): number {
  const match = kDuration.exec(text.trim());
  if (match === null) {
    throw new UsageError(`${option} takes a time such as 500ms, 5s or 2m, not '${text}'`);
  }
  const [, number = '', unit = 's'] = match;
  const ms = Math.round(Number(number) * (kMilliseconds[unit] as number));
  if (ms > kMostMs) {
    throw new UsageError(`${option} takes a time of at most ${kMostMs}ms, not '${text}'`);
  }
  return ms;
}

/** More often than that it would cost the channels time. */
const kLeastIntervalMs = 100;

/** How long from one look to the next. */
export function parseInterval(option: string, text: string): number {
  const ms = parseDuration(option, text);
  if (ms < kLeastIntervalMs) {
    throw new UsageError(`${option} takes a time of at least ${kLeastIntervalMs}ms, not '${text}'`);
  }
  return ms;
}

/** A whole number of at least `least`. */
export function parseCount(option: string, text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least)) {
    throw new UsageError(`${option} takes a whole number from ${least} on, not '${text}'`);
  }
  return value;
}

/** `0 B`, `1023 B`, `1.00 KiB`, `64.0 KiB`, `1.50 GiB`: three digits, as they do not jump about. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be rounded to 1024 is one of the next unit.
  while (value >= kFactor - 0.5 && unit < kUnits.length - 1) {
    value /= kFactor;
    unit++;
  }
  if (unit === 0) return `${Math.round(value)} B`;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${kUnits[unit]}iB`;
}

const kAges = [
  { unit: 's', word: 's', ms: 1000, most: 60 },
  { unit: 'm', word: 'min', ms: 60_000, most: 60 },
  { unit: 'h', word: 'h', ms: 3_600_000, most: 48 },
  { unit: 'd', word: 'days', ms: 86_400_000, most: Infinity },
] as const;

/** `0s`, `59s`, `3m`, `47h`, `2d`: whole ones. */
export function formatAge(ms: number): string {
  const { count, unit } = ageOf(ms);
  return `${count}${unit}`;
}

/** `0 s`, `59 s`, `3 min`, `47 h`, `2 days` */
export function formatAgeInWords(ms: number): string {
  const { count, word } = ageOf(ms);
  return `${count} ${word}`;
}

function ageOf(ms: number): { count: number; unit: string; word: string } {
  const age = kAges.find((one) => Math.floor(ms / one.ms) < one.most) ?? kAges[3];
  return { ...age, count: Math.floor(ms / age.ms) };
}

/** `0:07`, `1:02:03`: hours only if there are any. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const part = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${part(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${part(minutes % 60)}:${part(seconds % 60)}`;
}
