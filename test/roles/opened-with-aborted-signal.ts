// A stream is made with a signal that is aborted already: it emits an AbortError and 'close', as
// Node's own streams do, and takes no role.
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openStream } from '../fixtures/channels/open-stream.js';
import { outcomeOf } from '../fixtures/processes/outcome.js';

for (const mode of ['r', 'w'] as const) {
  for (const wait of [false, true]) {
    t.test(`${mode}, wait: ${wait}`, async (t) => {
      const name = uniqueName(t);
      const stream = openStream[mode](name, { wait, signal: AbortSignal.abort() });
      const outcome = await outcomeOf(stream);
      t.strictSame(outcome, { events: ['error', 'close'], code: 'ABORT_ERR' });
      t.equal(stream.channel, undefined);
      await openChannel(name, mode, { create: 'always' }).close();
    });
  }
}
