/** The texts of `--help`, out of the table of the commands. */
import type { Argument, Command, Option } from './command.js';
import { kHelp } from './parse.js';
import { wrap } from './wrap.js';

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
export function optionNames({ long, short, value }: Option): string {
  const name = `--${long}`;
  const withValue =
    value === undefined
      ? name
      : value.kind === 'optional-interval'
        ? `${name}[=${value.name}]`
        : `${name}=${value.name}`;
  return short === undefined ? `    ${withValue}` : `-${short}, ${withValue}`;
}

/** Two columns, the second one broken at `width`. */
function table(rows: readonly (readonly [string, string])[], width: number): string {
  const first = Math.max(...rows.map(([name]) => name.length)) + 4;
  const indent = ' '.repeat(first);
  return rows
    .map(([name, text]) => {
      const lines = wrap(text, Math.max(20, width - first));
      return `  ${name}`.padEnd(first) + lines.join(`\n${indent}`);
    })
    .join('\n');
}

/** The help of one command. */
export function helpOf(command: Command, width: number): string {
  const options = [...command.options, kHelp];
  const sections = [
    `Usage: ${usageOf(command)}`,
    command.summary,
    ...(command.details ?? []).map((text) => wrap(text, width).join('\n')),
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
  return `Usage: smipc COMMAND [OPTION]... [ARGUMENT]...

Channels between processes of this machine, through shared memory.

Commands:
${table(rows, width)}

'smipc help COMMAND' or 'smipc COMMAND --help' tells more of each; 'smipc --version' the version.
`;
}
