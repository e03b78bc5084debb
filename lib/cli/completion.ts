/** `smipc completion`: a script for a shell, made of the table of the commands. */
import type { Command, Run } from './grammar/command.js';
import { ExitCode } from './grammar/exit-codes.js';
import { UsageError } from './grammar/usage-error.js';
import { show } from './terminal/terminal.js';

type Commands = readonly Command[];

const kShells: Record<string, (commands: Commands) => string> = { bash, zsh, fish };

export const run: Run = ({ operands: [shell = ''], commands }) => {
  const script = Object.hasOwn(kShells, shell) ? kShells[shell] : undefined;
  if (script === undefined) {
    throw new UsageError(`completion knows ${Object.keys(kShells).join(', ')}, not '${shell}'`);
  }
  show(script(commands));
  return Promise.resolve(ExitCode.Done);
};

const optionsOf = ({ options }: Command): string[] => [
  ...options.flatMap(({ long, short }) => [`--${long}`, ...(short ? [`-${short}`] : [])]),
  '--help',
];
const takesChannel = (command: Command): boolean =>
  command.arguments.some(({ isChannel }) => isChannel === true);
const takesFile = (command: Command): boolean =>
  command.arguments.some(({ isFile }) => isFile === true);

const choicesOf = (command: Command): readonly string[] =>
  command.arguments.flatMap(({ choices }) => choices ?? []);

const namesOf = (commands: Commands): string =>
  [...commands.map(({ name }) => name), 'help'].join(' ');

/** Text in single quotes of any of the three. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function bash(commands: Commands): string {
  const cases = commands.map((command) => {
    const words = `"${optionsOf(command).join(' ')}"`;
    const channels = takesChannel(command) ? '$(smipc ls 2>/dev/null | cut -f1)' : '';
    const operands = [...choicesOf(command), channels].join(' ').trim();
    const files = takesFile(command) ? ' -f' : '';
    return `    ${command.name})
      if [[ $word == -* ]]; then COMPREPLY=($(compgen -W ${words} -- "$word"))
      else COMPREPLY=($(compgen${files} -W "${operands}" -- "$word")); fi ;;`;
  });
  return `# For bash: source <(smipc completion bash)
_smipc() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quoted(namesOf(commands))} -- "$word"))
    return
  fi
  case \${COMP_WORDS[1]} in
    help) COMPREPLY=($(compgen -W ${quoted(namesOf(commands))} -- "$word")) ;;
${cases.join('\n')}
  esac
}
complete -F _smipc smipc
`;
}

function zsh(commands: Commands): string {
  const list = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map((command) => {
    const options = [...command.options, { long: 'help', short: 'h', text: 'show this' }]
      .map(({ long, text }) => quoted(`--${long}[${text.replaceAll(/[[\]]/g, '\\$&')}]`))
      .join(' ');
    const kinds = [
      ...(takesChannel(command) ? ["'channels:channel:_smipc_channels'"] : []),
      ...(takesFile(command) ? ["'files:file:_files'"] : []),
      ...(choicesOf(command).length > 0
        ? [`'choices:choice:(${choicesOf(command).join(' ')})'`]
        : []),
    ];
    const operands = kinds.length === 0 ? '' : ` ${quoted(`*: : _alternative ${kinds.join(' ')}`)}`;
    return `    ${command.name}) _arguments ${options}${operands} ;;`;
  });
  return `#compdef smipc
# For zsh: smipc completion zsh > a folder of $fpath/_smipc
_smipc_channels() { compadd -- \${(f)"$(smipc ls 2>/dev/null | cut -f1)"} }
_smipc() {
  local -a commands=(
${list.join('\n')}
  )
  if ((CURRENT == 2)); then _describe command commands; return; fi
  local command=$words[2]
  shift words; ((CURRENT--))
  case $command in
    help) _describe command commands ;;
${cases.join('\n')}
  esac
}
_smipc "$@"
`;
}

function fish(commands: Commands): string {
  const lines = commands.flatMap((command) => {
    const isSeen = quoted(`__fish_seen_subcommand_from ${command.name}`);
    const options = command.options.map(({ long, short, value, text }) =>
      [
        `complete -c smipc -n ${isSeen} -l ${long}`,
        ...(short === undefined ? [] : [`-s ${short}`]),
        ...(value === undefined ? [] : ['-r']),
        `-d ${quoted(text)}`,
      ].join(' '),
    );
    const channels = takesChannel(command)
      ? [`complete -c smipc -n ${isSeen} -a '(smipc ls 2>/dev/null | cut -f1)'`]
      : [];
    const choices = choicesOf(command);
    const words =
      choices.length > 0 ? [`complete -c smipc -n ${isSeen} -a '${choices.join(' ')}'`] : [];
    const files = takesFile(command) ? [`complete -c smipc -n ${isSeen} -F`] : [];
    return [
      `complete -c smipc -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
      ...options,
      ...channels,
      ...words,
      ...files,
    ];
  });
  return `# For fish: smipc completion fish > ~/.config/fish/completions/smipc.fish
complete -c smipc -f
complete -c smipc -n __fish_use_subcommand -a help -d 'Show the help of a command.'
complete -c smipc -n '__fish_seen_subcommand_from help' -a '${namesOf(commands)}'
${lines.join('\n')}
`;
}
