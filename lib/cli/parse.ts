/** The command line, by the table of the commands. */
import { parseArgs } from 'node:util';
import { type Command, type Invocation, type Option, Values } from './command.js';
import { parseCount, parseDuration, parseSize } from './quantities.js';
import { UsageError } from './usage-error.js';

/** Of every command. */
export const kHelp: Option = { long: 'help', short: 'h', text: 'show this' };

const kDefaultWatchMs = 1000;

/** The option as it was meant: as long ones are shown. */
function shown({ long }: Option): string {
  return `--${long}`;
}

/**
 * Reads the arguments of a command. Undefined: its help is asked for.
 * @throws UsageError
 */
export function parse(command: Command, args: readonly string[]): Invocation | undefined {
  const all = [...command.options, kHelp];
  const { tokens } = tokensOf(args, all, command);
  const values = new Map<string, string | number | boolean | string[]>();
  const operands: string[] = [];
  let rest: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'option-terminator') {
      if (command.takesCommand === true) {
        rest = args.slice(token.index + 1);
        break;
      }
    } else if (token.kind === 'positional') {
      operands.push(token.value);
    } else {
      const option = all.find(({ long }) => long === token.name) as Option;
      if (option === kHelp) return undefined;
      values.set(option.long, valueOf(option, token.value, values.get(option.long)));
    }
  }
  checkOperands(command, operands);
  if (command.takesCommand === true && rest.length === 0) {
    throw new UsageError(`${command.name} needs a command, after --`);
  }
  return { operands, command: rest, values: new Values(values) };
}

/** As parseArgs() gives them. */
type Token =
  | { kind: 'option'; index: number; name: string; value: string | undefined }
  | { kind: 'positional'; index: number; value: string }
  | { kind: 'option-terminator'; index: number };

function tokensOf(
  args: readonly string[],
  options: readonly Option[],
  command: Command,
): { tokens: Token[] } {
  const byName = Object.fromEntries(
    options.map(({ long, short, value }) => [
      long,
      {
        type: takesValue(value) ? ('string' as const) : ('boolean' as const),
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
  try {
    const { tokens } = parseArgs({
      args: [...args],
      options: byName,
      allowPositionals: true,
      tokens: true,
    });
    return { tokens: tokens as Token[] };
  } catch (error) {
    // Its text is a sentence about the argument, which may have a hint behind it.
    const [text = ''] = (error as Error).message.split('. ');
    throw new UsageError(`${command.name}: ${text.charAt(0).toLowerCase()}${text.slice(1)}`);
  }
}

function takesValue(value: Option['value']): boolean {
  return value !== undefined && value.kind !== 'optional-duration';
}

function valueOf(
  option: Option,
  text: string | undefined,
  before: unknown,
): string | number | boolean | string[] {
  const name = shown(option);
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
