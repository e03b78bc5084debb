/** The program `smipc`: finds the command, runs it, and makes an exit status of what came of it. */
import process from 'node:process';
import { commands } from './commands.js';
import type { Command } from './grammar/command.js';
import { errorText } from './grammar/error-text.js';
import { ExitCode, statusOf } from './grammar/exit-codes.js';
import { generalHelp, helpOf } from './grammar/help.js';
import { parse } from './grammar/parse.js';
import { UsageError } from './grammar/usage-error.js';
import { watchTerminals } from './terminal/hang-up.js';
import { beQuiet, complain, outputStatus, show, terminalWidth } from './terminal/terminal.js';

/** Set by the build. */
declare const SMIPC_VERSION: string;

const kHelpWords = ['help', '--help', '-h'];

/** @param args without the runtime and the program */
export async function main(args: readonly string[]): Promise<void> {
  watchTerminals();
  // For ps(1), and for `smipc ls`: not "node", and where the program is.
  process.title = ['smipc', ...args].join(' ');
  let status: number;
  try {
    status = await runCommand(args);
  } catch (error) {
    status = failed(error, args);
  }
  // Not exit(): what was written may still be on its way.
  process.exitCode = outputStatus() ?? status;
}

async function runCommand(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) {
    complain(generalHelp(commands, terminalWidth()));
    return ExitCode.Usage;
  }
  if (first === '--version' || first === '-V') {
    refuseExtra(first, rest);
    show(`smipc ${SMIPC_VERSION}\n`);
    return ExitCode.Done;
  }
  if (kHelpWords.includes(first)) {
    const [name = first, ...others] = rest;
    refuseExtra(first, others);
    const width = terminalWidth();
    show(kHelpWords.includes(name) ? generalHelp(commands, width) : helpOf(find(name), width));
    return ExitCode.Done;
  }
  const command = find(first);
  const parsed = parse(command, rest);
  if (parsed === undefined) {
    show(helpOf(command, terminalWidth()));
    return ExitCode.Done;
  }
  checkEncoding(args);
  if (parsed.values.isSet('quiet')) beQuiet();
  const { run } = await command.load();
  return run({ ...parsed, commands });
}

function refuseExtra(word: string, [extra]: readonly string[]): void {
  if (extra !== undefined) throw new UsageError(`${word} takes no argument '${extra}'`);
}

/** Node has put that character where an argument was no UTF-8: two names could have become one. */
function checkEncoding(args: readonly string[]): void {
  const broken = args.find((arg) => arg.includes('\ufffd'));
  if (broken !== undefined) throw new UsageError(`the argument '${broken}' is not UTF-8`);
}

function find(name: string): Command {
  const command = commands.find((one) => one.name === name);
  if (command !== undefined) return command;
  throw new UsageError(
    name.startsWith('-')
      ? `there is no option '${name}'; those of a command stand behind its name`
      : `there is no command '${name}'`,
  );
}

function failed(error: unknown, [first]: readonly string[]): number {
  complain(`smipc: ${errorText(error)}\n`);
  const status = statusOf(error);
  if (status === ExitCode.Usage) {
    const isCommand = commands.some(({ name }) => name === first);
    const hint = isCommand
      ? `'smipc help ${first}' shows its options`
      : "'smipc help' shows the commands";
    complain(`smipc: ${hint}\n`);
  }
  return status;
}
