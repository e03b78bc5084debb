/** The command line, by the table of the commands. */
import { parseArgs } from 'node:util';
import { type Command, type Option, Values } from './command.js';
import { parseCount, parseDuration, parseSize } from './quantities.js';
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
  const values = new Map<string, string | number | boolean | string[]>();
  const operands: string[] = [];
  let rest: readonly string[] = [];
  for (const token of tokensOf(args, all)) {
    if (token.kind === 'option') {
      const option = optionOf(command, all, token);
      if (option === kHelp) return undefined;
      values.set(option.long, valueOf(option, token.value, values.get(option.long)));
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
  return value !== undefined && value.kind !== 'optional-duration';
}

function valueOf(
  option: Option,
  text: string | undefined,
  before: unknown,
): string | number | boolean | string[] {
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
    case 'optional-duration':
      return text === undefined ? kDefaultWatchMs : parseDuration(name, text);
    case 'list':
      return [...((before as string[] | undefined) ?? []), text as string];
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
