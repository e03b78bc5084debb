// What an 'exit' handler writes arrives, although it runs after smipc's own handler, which was
// registered when the channel was opened.
import { createReadStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { consume } from '../fixtures/processes/outcome.js';

const bytes = 1500;
const aborted = { bytes, events: ['error', 'close'], code: 'ECONNRESET', peer: 'aborted' };
const ended = { bytes, events: ['end', 'close'] };

for (const last of ['write', 'end'] as const) {
  for (const exits of [false, true]) {
    t.test(`${last}() at ${exits ? 'process.exit()' : 'the natural end'}`, async (t) => {
      const args = { name: uniqueName(t), last, exits };
      const writer = spawnChild(
        t,
        ({ smipc, pattern, args }) => {
          const stream = smipc.createWriteStream(args.name);
          stream.write(pattern.patternBytes(1000));
          process.on('exit', () => {
            const bytes = pattern.patternBytes(500, 1000);
            if (args.last === 'end') stream.end(bytes);
            else stream.write(bytes);
          });
          if (args.exits) process.exit();
        },
        args,
      );
      const outcome = await consume(createReadStream(args.name));
      t.strictSame(outcome, last === 'end' ? ended : aborted);
      t.match(await writer.exit, { code: 0, signal: null, stderr: '' });
    });
  }
}
