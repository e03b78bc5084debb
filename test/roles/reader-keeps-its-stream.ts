// A writer ends and another takes the name before the reader has read the first one's stream. The
// reader goes on to that stream's end; the bytes of the two never mix.
import { createReadStream, createWriteStream, inspect, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { consume, outcomeOf } from '../fixtures/processes/outcome.js';

const capacity = 4096;

for (const ends of [true, false]) {
  t.test(`after ${ends ? 'an end' : 'an abort'}`, async (t) => {
    const name = uniqueName(t);
    const first = openChannel(name, 'w', { capacity });
    const reader = createReadStream(name).pause();
    await first.write(patternBytes(3000));
    if (ends) first.end();
    await first.close();

    const second = createWriteStream(name, { capacity: 2 * capacity });
    const secondOutcome = outcomeOf(second);
    second.end(patternBytes(5000));
    t.strictSame(await secondOutcome, { events: ['finish', 'close'] });
    t.match(inspect(name), { bytesWritten: 5000, reader: { state: 'absent' } });

    t.match(await consume(reader.resume()), {
      bytes: 3000,
      events: [ends ? 'end' : 'error', 'close'],
    });
    const whole = { bytes: 5000, events: ['end', 'close'] };
    t.strictSame(await consume(createReadStream(name)), whole);
  });
}
