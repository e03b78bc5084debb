/** `smipc completion`: a script for a shell, made of the table of the commands. */
import type { Command, Offered, Option, OptionValue, Run } from './grammar/command.js';
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

const kChannels = 'smipc ls 2>/dev/null | cut -f1';

const namesOf = (commands: Commands): string =>
  [...commands.map(({ name }) => name), 'help'].join(' ');

/** What may stand in any place of the arguments: shells are not told which of them is asked for. */
function operandsOf(command: Command): Offered {
  const all = command.arguments;
  return {
    isChannel: all.some(({ isChannel }) => isChannel === true),
    isFile: all.some(({ isFile }) => isFile === true),
    choices: all.flatMap(({ choices }) => choices ?? []),
  };
}

const kHelp: Option = { long: 'help', short: 'h', text: 'show this' };
const optionsOf = ({ options }: Command): readonly Option[] => [...options, kHelp];

/** The value that is a word of its own. */
const wordOf = ({ value }: Option): OptionValue | undefined =>
  value?.kind === 'optional-interval' ? undefined : value;

/** Text in single quotes of any of the three. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function bash(commands: Commands): string {
  const cases = commands.map((command) => {
    const options = optionsOf(command);
    const words = options.flatMap(({ long, short }) => [
      `--${long}`,
      ...(short === undefined ? [] : [`-${short}`]),
    ]);
    const values = options.flatMap(({ long, short, value }) => {
      if (value === undefined) return [];
      const names = short === undefined ? `--${long}` : `-${short}|--${long}`;
      return [`        ${names}) ${bashReply(value)}; return ;;`];
    });
    return `    ${command.name})
      case $previous in
${values.join('\n')}
      esac
      if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$word"))
      else ${bashReply(operandsOf(command))}; fi ;;`;
  });
  return `# For bash: source <(smipc completion bash)
_smipc() {
  local IFS=$' \\t\\n' word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  # bash takes the = of --option=value for a word.
  if [[ $word == = ]]; then word=; elif [[ $previous == = ]]; then previous=\${COMP_WORDS[COMP_CWORD - 2]}; fi
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

function bashReply({ isChannel, isFile, isDirectory, choices = [] }: Offered): string {
  if (isDirectory === true) return 'COMPREPLY=($(compgen -d -- "$word"))';
  const channels = isChannel === true ? [`$(${kChannels})`] : [];
  const words = [...choices, ...channels].join(' ');
  return `COMPREPLY=($(compgen${isFile === true ? ' -f' : ''} -W "${words}" -- "$word"))`;
}

function zsh(commands: Commands): string {
  const list = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map((command) => {
    const options = optionsOf(command).map(zshOption).join(' ');
    const { isChannel, isFile, choices = [] } = operandsOf(command);
    const kinds = [
      ...(isChannel === true ? ["'channels:channel:_smipc_channels'"] : []),
      ...(isFile === true ? ["'files:file:_files'"] : []),
      ...(choices.length > 0 ? [`'choices:choice:(${choices.join(' ')})'`] : []),
    ];
    const operands = kinds.length === 0 ? '' : ` ${quoted(`*: : _alternative ${kinds.join(' ')}`)}`;
    return `    ${command.name}) _arguments -s ${options}${operands} ;;`;
  });
  return `#compdef smipc
# For zsh: smipc completion zsh > a folder of $fpath/_smipc
_smipc_channels() { compadd -- \${(f)"$(${kChannels})"} }
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

/** Both of its names, as what _arguments takes. */
function zshOption(option: Option): string {
  const { long, short, text } = option;
  const word = wordOf(option);
  const action = word === undefined ? '' : `:${word.name}:${zshAction(word)}`;
  const shown = `[${text.replaceAll(/[[\]]/g, '\\$&')}]`;
  const spec = (name: string): string => quoted(`${name}${shown}${action}`);
  const [behindLong, behindShort] = word === undefined ? ['', ''] : ['=', '+'];
  const names = short === undefined ? [] : [spec(`-${short}${behindShort}`)];
  return [spec(`--${long}${behindLong}`), ...names].join(' ');
}

function zshAction({ isChannel, isFile, isDirectory, choices = [] }: Offered): string {
  if (isChannel === true) return '_smipc_channels';
  if (isDirectory === true) return '_files -/';
  if (isFile === true) return '_files';
  return choices.length > 0 ? `(${choices.join(' ')})` : ' ';
}

function fish(commands: Commands): string {
  const lines = commands.flatMap((command) => {
    const isSeen = quoted(`__fish_seen_subcommand_from ${command.name}`);
    const options = optionsOf(command).map((option) => {
      const { long, short, text } = option;
      const word = wordOf(option);
      return [
        `complete -c smipc -n ${isSeen} -l ${long}`,
        ...(short === undefined ? [] : [`-s ${short}`]),
        ...(word === undefined ? [] : [`-x ${fishWords(word)}`.trim()]),
        `-d ${quoted(text)}`,
      ].join(' ');
    });
    const operands = operandsOf(command);
    const words = fishWords(operands);
    return [
      `complete -c smipc -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
      ...options,
      ...(words === '' ? [] : [`complete -c smipc -n ${isSeen} ${words}`]),
      ...(operands.isFile === true ? [`complete -c smipc -n ${isSeen} -F`] : []),
    ];
  });
  return `# For fish: smipc completion fish > ~/.config/fish/completions/smipc.fish
complete -c smipc -f
complete -c smipc -n __fish_use_subcommand -a help -d 'Show the help of a command.'
complete -c smipc -n '__fish_seen_subcommand_from help' -a '${namesOf(commands)}'
${lines.join('\n')}
`;
}

function fishWords({ isChannel, isDirectory, choices = [] }: Offered): string {
  const words = [
    ...choices,
    ...(isChannel === true ? [`(${kChannels})`] : []),
    ...(isDirectory === true ? ['(__fish_complete_directories)'] : []),
  ];
  return words.length === 0 ? '' : `-a '${words.join(' ')}'`;
}
