/** The command line, by the table of the commands. */
import { parseArgs } from 'node:util';
import { type Command, type Option, Values } from './command.js';
import { isDuration, parseCount, parseDuration, parseInterval, parseSize } from './quantities.js';
import { UsageError } from './usage-error.js';

/** Of every command. */
export const kHelp: Option = { long: 'help', short: 'h', text: 'show this' };

const kDefaultWatchMs = 1000;

export interface Arguments {
  readonly operands: readonly string[];
  /** The program to run, and its arguments. */
  readonly command: readonly string[];
  readonly values: Values;
}

/**
 * Reads the arguments of a command. Undefined: its help is asked for.
 * @throws UsageError
 */
export function parse(command: Command, args: readonly string[]): Arguments | undefined {
  const all = [...command.options, kHelp];
  const values = new Map<string, string | number | boolean>();
  const operands: string[] = [];
  let rest: readonly string[] = [];
  const tokens = withOptionalValues(tokensOf(args, all), args, all);
  checkTimes(tokens, all);
  for (const token of tokens) {
    if (token.kind === 'option') {
      const option = optionOf(command, all, token);
      if (option === kHelp) return undefined;
      values.set(option.long, valueOf(option, token.value));
    } else if (command.takesCommand === true) {
      // Its options are its own.
      rest = args.slice(token.kind === 'positional' ? token.index : token.index + 1);
      break;
    } else if (token.kind === 'positional') {
      operands.push(token.value);
    }
  }
  checkOperands(command, operands);
  if (command.takesCommand === true && rest.length === 0) {
    throw new UsageError(`${command.name} needs a command, after --`);
  }
  return { operands, command: rest, values: new Values(values) };
}

interface OptionToken {
  kind: 'option';
  index: number;
  name: string;
  /** As it was written. */
  rawName: string;
  value: string | undefined;
}
type Token =
  | OptionToken
  | { kind: 'positional'; index: number; value: string }
  | { kind: 'option-terminator'; index: number };

/** Not strictly: what is wrong is said here, in words of our own. */
function tokensOf(args: readonly string[], options: readonly Option[]): Token[] {
  const byName = options.map(({ long, short, value }) => [
    long,
    {
      type: takesValue(value) ? ('string' as const) : ('boolean' as const),
      ...(short === undefined ? {} : { short }),
    },
  ]);
  const { tokens }: { tokens: Token[] } = parseArgs({
    args: [...args],
    options: Object.fromEntries(byName),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return tokens;
}

/** parseArgs() knows no values that are optional: to it `-w5s` is `-w -5 -s`. */
function withOptionalValues(
  tokens: readonly Token[],
  args: readonly string[],
  options: readonly Option[],
): Token[] {
  const result: Token[] = [];
  for (const token of tokens) {
    const last = result.at(-1);
    // A part of the value that was found.
    if (last?.kind === 'option' && last.index === token.index && last.value !== undefined) continue;
    result.push(token.kind === 'option' ? withValue(token, args, options) : token);
  }
  return result;
}

function withValue(
  token: OptionToken,
  args: readonly string[],
  options: readonly Option[],
): OptionToken {
  const option = options.find(({ long }) => long === token.name);
  const text = args[token.index] as string;
  if (option?.short === undefined || !isOptional(option) || text.startsWith('--')) return token;
  // Else it is the next option of a group, as in -wj.
  const behind = text.slice(text.indexOf(option.short) + 1);
  return /^\d/.test(behind) ? { ...token, value: behind } : token;
}

/** A time behind an option that may have one would be taken for a name, and waited for in vain. */
function checkTimes(tokens: readonly Token[], options: readonly Option[]): void {
  for (const [i, token] of tokens.entries()) {
    const before = tokens[i - 1];
    if (token.kind !== 'positional' || before?.kind !== 'option') continue;
    const option = options.find(({ long }) => long === before.name);
    if (option === undefined || !isOptional(option) || before.value !== undefined) continue;
    if (!isDuration(token.value)) continue;
    const way = `--${option.long}=${token.value}`;
    throw new UsageError(
      `${before.rawName} and its time are one word: ${way}; a name like that stands before it, or behind --`,
    );
  }
}

function optionOf(
  command: Command,
  options: readonly Option[],
  { name, rawName, value }: OptionToken,
): Option {
  const option = options.find(({ long }) => long === name);
  if (option === undefined) {
    throw new UsageError(`${command.name} has no option ${rawName}`);
  }
  if (value === undefined && takesValue(option.value)) {
    throw new UsageError(`${rawName} needs a value: --${option.long}=${option.value?.name}`);
  }
  if (value !== undefined && option.value === undefined) {
    throw new UsageError(`${rawName} takes no value`);
  }
  return option;
}

function takesValue(value: Option['value']): boolean {
  return value !== undefined && value.kind !== 'optional-interval';
}

const isOptional = ({ value }: Option): boolean => value?.kind === 'optional-interval';

function valueOf(option: Option, text: string | undefined): string | number | boolean {
  const name = `--${option.long}`;
  switch (option.value?.kind) {
    case undefined:
      return true;
    case 'text':
      return text as string;
    case 'size':
      return parseSize(name, text as string);
    case 'duration':
      return parseDuration(name, text as string);
    case 'count':
      return parseCount(name, text as string, 1);
    case 'interval':
      return parseInterval(name, text as string);
    case 'optional-interval':
      return text === undefined ? kDefaultWatchMs : parseInterval(name, text);
  }
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const least = command.arguments.filter(({ isOptional }) => isOptional !== true);
  const missing = least[operands.length];
  if (missing !== undefined) throw new UsageError(`${command.name} needs ${missing.name}`);
  const isOpen = command.arguments.some(({ isRepeated }) => isRepeated === true);
  const extra = operands[command.arguments.length];
  if (!isOpen && extra !== undefined) {
    throw new UsageError(`${command.name} takes no argument '${extra}'`);
  }
}
