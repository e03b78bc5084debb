// unref() holds at whatever moment of a late opening it is called: between the moment when the role
// is taken and that when the stream has its channel, too.
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createReadStream } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { until } from '../fixtures/timing/until.js';

for (let microtasks = 0; microtasks < 8; microtasks++) {
  t.test(`${microtasks} microtasks after the role was taken`, async (t) => {
    const name = uniqueName(t);
    const holder = createReadStream(name);
    const stream = createReadStream(name, { wait: true });
    t.teardown(() => stream.destroy());
    const unrefAfter = (left: number): void => {
      if (left === 0) stream.unref();
      else queueMicrotask(() => unrefAfter(left - 1));
    };
    const unref = (): void => {
      diagnostics.unsubscribe('smipc:open', unref);
      unrefAfter(microtasks);
    };
    diagnostics.subscribe('smipc:open', unref);
    holder.destroy();
    await once(holder, 'close');
    await until(() => stream.channel, 'the stream has its role');
    t.notOk(stream.hasRef());
    t.notOk(stream.channel?.hasRef());
  });
}
