/** The texts of `--help`, out of the table of the commands. */
import type { Argument, Command, Option } from './command.js';
import { kHelp } from './parse.js';
import { wrap, wrapLines } from './wrap.js';

function argument({ name, isOptional, isRepeated }: Argument): string {
  const text = isRepeated === true ? `${name}...` : name;
  return isOptional === true ? `[${text}]` : text;
}

/** `smipc write [OPTION]... NAME [FILE...]` */
export function usageOf(command: Command): string {
  const parts = ['smipc', command.name, '[OPTION]...', ...command.arguments.map(argument)];
  if (command.takesCommand === true) parts.push('-- COMMAND [ARGUMENT]...');
  return parts.join(' ');
}

/** `-c, --capacity=SIZE` */
function optionNames({ long, short, value }: Option): string {
  const name = `--${long}`;
  const withValue =
    value === undefined
      ? name
      : value.kind === 'optional-interval'
        ? `${name}[=${value.name}]`
        : `${name}=${value.name}`;
  return short === undefined ? `    ${withValue}` : `-${short}, ${withValue}`;
}

/** Less room than that is none. */
const kLeastRoom = 20;

/** Two columns, the second one broken at `width`; where that is small, one below the other. */
function table(rows: readonly (readonly [string, string])[], width: number): string {
  const first = Math.max(...rows.map(([name]) => name.length)) + 4;
  if (width - first < kLeastRoom) {
    const below = ' '.repeat(6);
    return rows
      .map(([name, text]) => [`  ${name}`, ...wrap(text, width - below.length)].join(`\n${below}`))
      .join('\n');
  }
  const indent = ' '.repeat(first);
  return rows
    .map(([name, text]) => {
      const lines = wrap(text, width - first);
      return `  ${name}`.padEnd(first) + lines.join(`\n${indent}`);
    })
    .join('\n');
}

/** The help of one command. */
export function helpOf(command: Command, width: number): string {
  const options = [...command.options, kHelp];
  const sections = [
    wrapLines(`Usage: ${usageOf(command)}`, width),
    ...[command.summary, ...(command.details ?? [])].map((text) => wrap(text, width).join('\n')),
    `Options:\n${table(
      options.map((option) => [optionNames(option), option.text]),
      width,
    )}`,
  ];
  if (command.examples.length > 0) {
    const examples = command.examples.map(({ line, text }) => `  ${line}\n      ${text}`);
    sections.push(`Examples:\n${examples.join('\n')}`);
  }
  return `${sections.join('\n\n')}\n`;
}

/** The help of the program. */
export function generalHelp(commands: readonly Command[], width: number): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  const sections = [
    wrapLines('Usage: smipc COMMAND [OPTION]... [ARGUMENT]...', width),
    wrap('Channels between processes of this machine, through shared memory.', width).join('\n'),
    `Commands:\n${table(rows, width)}`,
    wrap(
      "'smipc help COMMAND' or 'smipc COMMAND --help' tells more of each; 'smipc --version' the version.",
      width,
    ).join('\n'),
  ];
  return `${sections.join('\n\n')}\n`;
}
