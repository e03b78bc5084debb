// Waiting for a role is called off, by a signal or by destroying the stream. Then the role is not
// taken when it becomes free.
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openStream } from '../fixtures/channels/open-stream.js';
import { outcomeOf } from '../fixtures/processes/outcome.js';
import { someTurns } from '../fixtures/timing/turns.js';

const aborted = { name: 'AbortError', code: 'ABORT_ERR' };

for (const mode of ['r', 'w'] as const) {
  t.test(`${mode}: openChannel with a signal`, async (t) => {
    const name = uniqueName(t);
    const holder = openChannel(name, mode);
    const controller = new AbortController();
    const opening = openChannel(name, mode, { wait: true, signal: controller.signal });
    await someTurns();
    const reason = new Error('enough');
    controller.abort(reason);
    await t.rejects(opening, { ...aborted, cause: reason });
    await holder.close();
    await openChannel(name, mode).close();
  });

  t.test(`${mode}: a signal that is aborted already`, async (t) => {
    const name = uniqueName(t);
    const signal = AbortSignal.abort();
    await t.rejects(openChannel(name, mode, { wait: true, signal }), aborted);
    t.throws(() => openChannel(name, mode, { signal }), aborted);
    await openChannel(name, mode).close();
  });

  t.test(`${mode}: a stream with a signal`, async (t) => {
    const name = uniqueName(t);
    const holder = openChannel(name, mode);
    const controller = new AbortController();
    const stream = openStream[mode](name, { wait: true, signal: controller.signal });
    const outcome = outcomeOf(stream);
    await someTurns();
    controller.abort();
    t.strictSame(await outcome, { events: ['error', 'close'], code: 'ABORT_ERR' });
    await holder.close();
    await openChannel(name, mode).close();
  });

  t.test(`${mode}: a stream that is destroyed`, async (t) => {
    const name = uniqueName(t);
    const holder = openChannel(name, mode);
    const stream = openStream[mode](name, { wait: true });
    const outcome = outcomeOf(stream);
    await someTurns();
    stream.destroy();
    t.strictSame(await outcome, { events: ['close'] });
    t.equal(stream.channel, undefined);
    await holder.close();
    await openChannel(name, mode).close();
  });
}
