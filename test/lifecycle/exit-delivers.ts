// A process writes a few bytes and ends: by itself, with process.exit() in the same tick, or by an
// uncaught exception. A reader that comes when it is gone gets every byte, and then learns how the
// stream ended.
import { createReadStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { consume } from '../fixtures/processes/outcome.js';

const bytes = 3000;
const ended = { bytes, events: ['end', 'close'] };
const aborted = { bytes, events: ['error', 'close'], code: 'ECONNRESET', peer: 'aborted' };
const exitCodes = { runsEmpty: 0, exit: 0, throws: 1 };

for (const [way, code] of Object.entries(exitCodes)) {
  for (const ends of [false, true]) {
    t.test(`${way}${ends ? ', after end()' : ''}`, async (t) => {
      const name = uniqueName(t);
      const writer = spawnChild(
        t,
        ({ smipc, pattern, args }) => {
          const stream = smipc.createWriteStream(args.name);
          stream.write(pattern.patternBytes(args.bytes));
          if (args.ends) stream.end();
          if (args.way === 'exit') process.exit();
          if (args.way === 'throws') {
            process.nextTick(() => {
              throw new Error('on purpose');
            });
          }
        },
        { name, way, ends, bytes },
        { ipc: false },
      );
      t.match(await writer.exit, { code, signal: null });
      t.strictSame(await consume(createReadStream(name)), ends ? ended : aborted);
    });
  }
}
