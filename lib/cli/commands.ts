/** All commands, in the order in which the help shows them. */
import type { Argument, Command, Option } from './grammar/command.js';

/** As lib/cli/top/ knows them, which is loaded only for that command; a test compares. */
const kSortKeys = [
  ...['in', 'out', 'messages-in', 'messages-out', 'wake-ups', 'fill', 'capacity', 'age'],
  ...['writer', 'reader', 'name'],
];

const kName: Argument = { name: 'NAME', isChannel: true };

const kDirectory: Option = {
  long: 'dir',
  short: 'd',
  value: { kind: 'text', name: 'DIR', isDirectory: true },
  text: "the directory of the channels (default: $SMIPC_DIR, or the user's own in /dev/shm)",
};
const kJson: Option = {
  long: 'json',
  short: 'j',
  text: 'write one JSON object a line, with the keys of status()',
};

const kWatch: Option = {
  long: 'watch',
  short: 'w',
  value: { kind: 'optional-interval', name: 'TIME' },
  text: 'show it again each TIME (default: 1s), until it is interrupted',
};

/** Of what moves bytes. */
const kStreaming: readonly Option[] = [
  kDirectory,
  {
    long: 'capacity',
    short: 'c',
    value: { kind: 'size', name: 'SIZE' },
    text: 'size of the ring, if the channel is made now (default: 1M)',
  },
  { long: 'wait', short: 'w', text: 'wait until the role is free instead of failing' },
  {
    long: 'timeout',
    short: 't',
    value: { kind: 'duration', name: 'TIME' },
    text: 'how long to wait for the peer to come, such as 5s (default: for ever)',
  },
  { long: 'resume', short: 'r', text: 'go on where the last one stopped; both sides must say so' },
  { long: 'messages', short: 'm', text: 'a line is one message; both sides must say so' },
  { long: 'null', short: '0', text: 'with --messages: each ends with a NUL, not with a newline' },
  {
    long: 'json',
    short: 'j',
    text: 'a line is one JSON value, and travels as an object; both sides must say so',
  },
  {
    long: 'progress',
    short: 'p',
    text: 'show on stderr what goes through (default: if it is a terminal, and the data are not on one)',
  },
  { long: 'no-progress', text: 'do not' },
  {
    long: 'rate-limit',
    short: 'L',
    value: { kind: 'size', name: 'SIZE' },
    text: 'move at most so many bytes a second',
  },
  { long: 'quiet', short: 'q', text: 'write nothing on stderr; the exit status says it' },
];

export const commands: readonly Command[] = [
  {
    name: 'write',
    summary: 'Send files, or stdin, through a channel.',
    arguments: [kName, { name: 'FILE', isOptional: true, isRepeated: true, isFile: true }],
    options: kStreaming,
    examples: [
      { line: 'tar -c photos | smipc write backup', text: 'what a command writes' },
      { line: 'smipc write logs access.log error.log', text: 'two files, one after the other' },
      { line: 'smipc write --json jobs < jobs.ndjson', text: 'each line as an object' },
    ],
    details: [
      'A FILE may be - for stdin. It is done when everything is in the channel, and need not wait for a ' +
        'reader unless the ring is full. With --timeout the reader must have come by then; otherwise ' +
        'nothing is sent.',
      'If it is interrupted, or a file cannot be read to its end, the reader is told so: it gets ' +
        'everything that was sent, and then an error. But a program that is killed in front of it looks ' +
        "like one that is done, as in any pipe: 'smipc exec --stdout NAME -- COMMAND' tells the two apart.",
      'With --resume and names of files it leaves out what the channel had from them already. From stdin ' +
        'it sends what comes.',
    ],
    load: () => import('./transfer/write.js'),
  },
  {
    name: 'read',
    summary: 'Take what comes through a channel, to a file or stdout.',
    arguments: [kName, { name: 'FILE', isOptional: true, isFile: true }],
    options: kStreaming,
    examples: [
      { line: 'smipc read backup | tar -x', text: 'into a command' },
      {
        line: 'smipc read --timeout 5s results out.bin',
        text: 'into a file, if the writer comes soon',
      },
    ],
    details: [
      'The exit status is 0 only if the writer has ended its stream. If it died or was interrupted, ' +
        'everything that it had sent is written, and the exit status is 1.',
      'With --resume what comes is appended to FILE, unless it is the beginning of the stream.',
    ],
    load: () => import('./transfer/read.js'),
  },
  {
    name: 'ls',
    summary: 'List the channels.',
    arguments: [{ name: 'PATTERN', isOptional: true, isChannel: true }],
    options: [kDirectory, kJson, kWatch],
    examples: [
      { line: "smipc ls 'job-*'", text: 'those whose names match' },
      { line: 'smipc ls | cut -f 1', text: 'the names, for a script' },
    ],
    details: [
      'PATTERN is as in a shell: *, ? and [a-z]. On a terminal there is a header; elsewhere there are ' +
        'tabs between the columns, and sizes are bytes.',
      'With --watch there is also the age of the last change, of which one look cannot tell: with a >, none ' +
        'was seen yet.',
    ],
    load: () => import('./channels/ls.js'),
  },
  {
    name: 'status',
    summary: 'Say what state channels are in, in words.',
    arguments: [{ ...kName, isRepeated: true }],
    options: [kDirectory, kJson, kWatch],
    examples: [
      { line: 'smipc status backup', text: 'who holds it, and what for' },
      { line: 'smipc status --watch=5s backup', text: 'and since when nothing has moved' },
    ],
    load: () => import('./channels/status.js'),
  },
  {
    name: 'top',
    summary: 'Show what flows through the channels, again and again.',
    arguments: [{ name: 'PATTERN', isOptional: true, isChannel: true }],
    options: [
      kDirectory,
      {
        long: 'interval',
        short: 'i',
        value: { kind: 'interval', name: 'TIME' },
        text: 'how long from one look to the next (default: 1s)',
      },
      {
        long: 'sort',
        short: 's',
        value: { kind: 'text', name: 'KEY', choices: kSortKeys },
        text: `sort by one of ${kSortKeys.join(', ')} (default: in)`,
      },
      { long: 'reverse', short: 'r', text: 'sort the other way round' },
      { long: 'once', short: '1', text: 'one table, after one interval' },
      {
        long: 'max-refresh',
        short: 'n',
        value: { kind: 'count', name: 'N' },
        text: 'end after so many intervals',
      },
      { ...kJson, text: `${kJson.text}, and rates` },
    ],
    examples: [
      { line: 'smipc top', text: 'on all of the terminal, until q is pressed; h shows the keys' },
      {
        line: "smipc top --sort age 'job-*'",
        text: 'what has stood still the longest comes first',
      },
      { line: 'smipc top --json --max-refresh 60', text: 'a minute, for another program' },
    ],
    details: [
      'Where stdout is no terminal, it writes a table after each interval. Looking at channels does not hold up those who use them.',
    ],
    load: () => import('./top/top.js'),
  },
  {
    name: 'rm',
    summary: 'Remove channels.',
    arguments: [{ ...kName, isOptional: true, isRepeated: true }],
    options: [
      kDirectory,
      {
        long: 'force',
        short: 'f',
        text: 'also those that a process holds, and damaged ones; with --stale: do not ask',
      },
      {
        long: 'stale',
        short: 's',
        text: 'all that no process holds, and what was not read from them; shows them and asks',
      },
      { long: 'dry-run', short: 'n', text: 'only say what would be removed' },
      kJson,
    ],
    examples: [
      { line: 'smipc rm backup', text: 'one that nobody holds' },
      { line: 'smipc rm --stale --dry-run', text: 'what has been left behind' },
    ],
    details: [
      'Writes the names of those that it removed. With --stale only those are removed that were shown, and only ' +
        'if nobody has used them meanwhile. Where stdin is no terminal, --stale needs --force, or --dry-run.',
    ],
    load: () => import('./channels/rm.js'),
  },
  {
    name: 'exec',
    summary: 'Run a program with its standard streams on channels.',
    arguments: [],
    takesCommand: true,
    options: [
      kDirectory,
      {
        long: 'stdin',
        short: 'i',
        value: { kind: 'text', name: 'NAME', isChannel: true },
        text: 'the channel that the program reads as its stdin',
      },
      {
        long: 'stdout',
        short: 'o',
        value: { kind: 'text', name: 'NAME', isChannel: true },
        text: 'the channel that its stdout is written to',
      },
      { long: 'wait', short: 'w', text: 'wait until the roles are free instead of failing' },
    ],
    examples: [
      {
        line: 'smipc exec --stdin raw --stdout packed -- gzip -1',
        text: 'gzip between two channels',
      },
    ],
    details: [
      "The exit status is the program's, or 128 and the number of the signal that ended it. If that is 0, " +
        'but the writer of its stdin did not end or the reader of its stdout has gone, it is 1.',
      'The channel of its stdout is ended only if all went well: a reader never takes a stream for ' +
        'whole that was cut.',
    ],
    load: () => import('./transfer/exec.js'),
  },
  {
    name: 'bench',
    summary: 'Measure how fast channels are on this machine, and compare.',
    arguments: [],
    options: [
      kDirectory,
      {
        long: 'against',
        short: 'a',
        value: { kind: 'text', name: 'WAYS', choices: ['socket', 'pipe', 'socket,pipe'] },
        text: 'what to compare with: socket, pipe, or socket,pipe (default: socket)',
      },
      {
        long: 'time',
        short: 't',
        value: { kind: 'duration', name: 'TIME' },
        text: 'how long it takes in all, from 1s to 2m (default: 20s)',
      },
      { long: 'json', short: 'j', text: 'write one JSON object a line for each figure' },
    ],
    examples: [
      { line: 'smipc bench', text: 'against a Unix domain socket' },
      { line: 'smipc bench --against socket,pipe --time 1m', text: 'longer, and against both' },
    ],
    details: [
      'It measures how many bytes a second go from one process to another one, in writes of three sizes, ' +
        'and how long an answer takes. A ratio says how many times as fast smipc is: the median, and in ' +
        'brackets the least and the most.',
      'Two processors should have nothing else to do meanwhile.',
    ],
    load: () => import('./bench/bench.js'),
  },
  {
    name: 'doctor',
    summary: 'Look for what keeps channels from working here, and say what to do about it.',
    arguments: [{ name: 'CHECK', isOptional: true, isRepeated: true }],
    options: [
      kDirectory,
      {
        long: 'capacity',
        short: 'c',
        value: { kind: 'size', name: 'SIZE' },
        text: 'size of a ring that there is to be room for (default: 1M)',
      },
      { long: 'json', short: 'j', text: 'write one JSON object a line for each check' },
    ],
    examples: [
      { line: 'smipc doctor', text: 'everything' },
      { line: 'smipc doctor --capacity 256M space memory', text: 'is there room for that much?' },
    ],
    details: [
      'Each check says ok, warning, failed or unknown, why, and what to do. The exit status is 1 if one ' +
        'has failed. It makes a channel in a hidden directory of its own, and removes it again.',
    ],
    load: () => import('./doctor/doctor.js'),
  },
  {
    name: 'completion',
    summary: 'Write a script that completes commands, options and channels in a shell.',
    arguments: [{ name: 'bash|zsh|fish', choices: ['bash', 'zsh', 'fish'] }],
    options: [],
    examples: [
      { line: 'source <(smipc completion bash)', text: 'in ~/.bashrc' },
      { line: 'smipc completion zsh > ~/.zfunc/_smipc', text: 'in a folder of $fpath' },
      {
        line: 'smipc completion fish > ~/.config/fish/completions/smipc.fish',
        text: 'fish reads it by itself',
      },
    ],
    load: () => import('./completion.js'),
  },
];
