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
    const unref = async (): Promise<void> => {
      diagnostics.unsubscribe('smipc:open', unref);
      for (let i = 0; i < microtasks; i++) await undefined;
      stream.unref();
    };
    diagnostics.subscribe('smipc:open', unref);
    holder.destroy();
    await once(holder, 'close');
    await until(() => stream.channel, 'the stream has its role');
    t.notOk(stream.hasRef());
    t.notOk(stream.channel?.hasRef());
  });
}
