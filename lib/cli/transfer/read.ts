/** `smipc read`: what comes through a channel, to a file or stdout. */
import type { Run } from '../grammar/command.js';
import { ExitCode } from '../grammar/exit-codes.js';
import { untilSignalled } from '../terminal/signals.js';
import { BytesReading } from './bytes-reading.js';
import { isClosed } from './output.js';
import { OutputFile } from './output-file.js';
import { RecordsReading } from './records-reading.js';
import { recordsOf } from './streaming.js';

/** As a file's name: stdout. */
const kDash = '-';

export const run: Run = async ({ operands: [name = '', path], values }) => {
  const records = recordsOf(values);
  // Before the channel, which a reader that cannot write would spoil.
  const file = path === undefined || path === kDash ? undefined : await OutputFile.open(path);
  const reading =
    records === 'bytes'
      ? new BytesReading(name, file, values)
      : new RecordsReading(name, records, file, values);
  return untilSignalled(
    () => reading.stop(),
    async () => {
      try {
        await reading.open();
      } catch (error) {
        file?.discard();
        throw error;
      }
      try {
        return await reading.done();
      } catch (error) {
        if (isClosed(error)) return ExitCode.OutputClosed;
        throw error;
      }
    },
  );
};
