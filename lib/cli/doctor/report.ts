/** How what the checks have found is shown. */
import { wrap } from '../grammar/wrap.js';
import { styled } from '../terminal/colors.js';
import { tableOf } from '../terminal/table.js';
import { isUnicode } from '../terminal/terminal.js';
import type { Finding, Verdict } from './check.js';

/** What a check has found. Its keys are those of `--json`, and stable. */
export interface Report extends Finding {
  readonly id: string;
}

const kColours = { ok: 'green', warning: 'yellow', failed: 'red', unknown: 'dim' } as const;
const kVerdictWidth = 'warning'.length;

/** Tabs, for cut and awk: the verdict, the check, the reason, the advice, the command. */
export function plainText(reports: readonly Report[]): string {
  const columns = [
    ({ verdict }: Report) => verdict,
    ({ id }: Report) => id,
    ({ reason }: Report) => oneLine(reason),
    ({ advice = '' }: Report) => oneLine(advice),
    ({ command = '' }: Report) => command,
  ].map((text) => ({ header: '', text }));
  return tableOf(columns, reports, false);
}

/** For people: what to do stands below what was found. */
export function readableText(reports: readonly Report[], width: number): string {
  const idWidth = Math.max(...reports.map(({ id }) => id.length));
  const indent = ' '.repeat(kVerdictWidth + idWidth + 4);
  const lines = reports.flatMap(({ id, verdict, reason, advice, command }) => {
    const room = Math.max(20, width - indent.length);
    const found = wrap(oneLine(reason), room);
    const cure =
      advice === undefined ? [] : wrap(`${isUnicode() ? '→' : '->'} ${oneLine(advice)}`, room);
    const order = command === undefined ? [] : [`  $ ${command}`];
    const [first = '', ...rest] = [...found, ...cure, ...order];
    const head = `${coloured(verdict)}  ${id.padEnd(idWidth)}  ${first}`;
    return [head, ...rest.map((line) => indent + line)];
  });
  return `${lines.join('\n')}\n\n${wrap(summaryOf(reports), width).join('\n')}\n`;
}

function coloured(verdict: Verdict): string {
  return styled(verdict.padEnd(kVerdictWidth), kColours[verdict]);
}

function summaryOf(reports: readonly Report[]): string {
  const count = (verdict: Verdict): number =>
    reports.filter((report) => report.verdict === verdict).length;
  const kinds = (['ok', 'warning', 'failed', 'unknown'] as const).map(
    (verdict) => `${count(verdict)} ${verdict}`,
  );
  const { length } = reports;
  return `${length} check${length === 1 ? '' : 's'}: ${kinds.join(', ')}`;
}

/** Names of files may have anything in them. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/\p{Cc}/gu, '?');
}
