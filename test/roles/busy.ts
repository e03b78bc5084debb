// A role that somebody holds is refused, in the process of the holder too, and the error names the
// holder's process. Neither the holder nor its transfer is disturbed.
import { createReadStream, createWriteStream, openChannel, SmipcError } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openStream } from '../fixtures/channels/open-stream.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { startHolder } from '../fixtures/processes/holder.js';
import { consume, outcomeOf } from '../fixtures/processes/outcome.js';
import { startThread } from '../fixtures/processes/thread.js';

const modes = ['r', 'w'] as const;

for (const mode of modes) {
  t.test(`${mode}: held by another process`, async (t) => {
    const name = uniqueName(t);
    const holder = await startHolder(t, name, mode);
    const busy = { code: 'EBUSY', pid: holder.pid, channel: name, syscall: 'open' };
    t.throws(() => openChannel(name, mode), busy);
    t.throws(() => openChannel(name, mode), SmipcError);
    await t.rejects(new Promise((_, reject) => openStream[mode](name).on('error', reject)), busy);
    t.strictSame(await outcomeOf(openStream[mode](name)), {
      events: ['error', 'close'],
      code: 'EBUSY',
    });
  });

  t.test(`${mode}: held by this process, and by a thread of it`, async (t) => {
    const name = uniqueName(t);
    const busy = { code: 'EBUSY', pid: process.pid };
    const holder = openChannel(name, mode);
    t.throws(() => openChannel(name, mode), busy);
    const thread = startThread(
      ({ smipc, args, send }) => {
        try {
          smipc.openChannel(args.name, args.mode);
        } catch (error) {
          const { code, pid } = error as SmipcError;
          send({ code, pid });
        }
      },
      { name, mode },
      t,
    );
    t.match(await thread.message(), busy);
    await holder.close();
  });
}

t.test('a transfer goes on while others try to get in', async (t) => {
  const name = uniqueName(t);
  const stream = createWriteStream(name, { capacity: 4096 });
  const reader = createReadStream(name);
  const outcome = consume(reader);
  reader.on('data', () => {
    if (stream.writableEnded) return;
    for (const mode of modes) t.throws(() => openChannel(name, mode), { code: 'EBUSY' });
  });
  stream.write(patternBytes(100_000), () => stream.end());
  t.strictSame(await outcome, { bytes: 100_000, events: ['end', 'close'] });
});
