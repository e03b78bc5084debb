/** `smipc status`: what state channels are in, in words. */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { type ChannelStatus, describeStatus, inspect } from '../../index.js';
import type { Run, Values } from '../grammar/command.js';
import { errorText } from '../grammar/error-text.js';
import { ExitCode, statusOf } from '../grammar/exit-codes.js';
import { wrapLines } from '../grammar/wrap.js';
import { visible } from '../terminal/table.js';
import { terminalWidth } from '../terminal/terminal.js';
import { type Shown, watched } from '../terminal/watching.js';
import { Changes, changeInWords, jsonLine, type Look } from './changes.js';
import { holderPids } from './holders.js';
import { commandOf } from './processes.js';

export const run: Run = ({ operands, values }) => {
  const changes = new Changes();
  return watched(values, () => look(operands, values, changes));
};

/** One that is not there does not keep the others from being shown. */
function look(names: readonly string[], values: Values, changes: Changes): Shown {
  let lastFailure: number | undefined;
  const complaints: string[] = [];
  const statuses: ChannelStatus[] = [];
  for (const name of names) {
    try {
      statuses.push(inspect(name, { dir: values.text('dir') }));
    } catch (error) {
      complaints.push(`smipc: ${visible(errorText(error))}\n`);
      lastFailure = statusOf(error);
    }
  }
  const isWatched = values.number('watch') !== undefined;
  const looks = changes.look(statuses, performance.now());
  const texts = values.isSet('json')
    ? looks.map((one) => jsonLine(one, isWatched))
    : looks.map((one) => textOf(one, isWatched));
  return {
    text: texts.join(''),
    complaints: complaints.join(''),
    status: lastFailure ?? ExitCode.Done,
  };
}

/** The description, and what programs its processes are. */
function textOf({ status, ...change }: Look, isWatched: boolean): string {
  const programs = holderPids(status).flatMap((pid) => {
    const command = commandOf(pid);
    return command === undefined ? [] : [`  pid ${pid} is: ${command}`];
  });
  const lines = [
    ...describeStatus(status).split('\n'),
    ...(isWatched ? [`  ${changeInWords(change)}`] : []),
    ...programs,
  ].map(visible);
  const text = `${lines.join('\n')}\n`;
  return process.stdout.isTTY === true ? wrapLines(text, terminalWidth()) : text;
}
