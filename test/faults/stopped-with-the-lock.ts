// A process is stopped in the microseconds in which it holds the directory's lock. Openers give up
// with ETIMEDOUT after two seconds; channels that are open go on, are looked at and are left without
// waiting that long. When that process goes on, or is killed, everything works again.
import { once } from 'node:events';
import { createReadStream, inspect, list, openChannel, remove } from 'smipc';
import t from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { lockDirectory } from '../fixtures/processes/directory-lock.js';
import { stopped } from '../fixtures/processes/stopped.js';

const error = { name: 'SmipcError', code: 'ETIMEDOUT', channel: 'new' };

for (const signal of ['SIGCONT', 'SIGKILL'] as const) {
  t.test(`then ${signal}`, async (t) => {
    const dir = uniqueDirectory(t);
    const writer = openChannel('used', 'w', { dir, capacity: 4096 });
    const reader = openChannel('used', 'r', { dir });
    const { holder, gone, release } = await lockDirectory(t, dir);
    holder.kill('SIGSTOP');
    await stopped(holder.pid as number);

    t.throws(() => openChannel('new', 'w', { dir }), { ...error, syscall: 'open' });
    if (signal === 'SIGKILL') {
      t.throws(() => remove('new', { dir, force: true }), { ...error, syscall: 'remove' });
      const stream = createReadStream('new', { dir });
      t.match(await once(stream, 'error'), [error]);
    }
    for (let i = 0; i < 10; i++) {
      const all = reader.read(Buffer.alloc(4096), { min: 4096 });
      await writer.write(Buffer.alloc(4096));
      t.equal(await all, 4096);
    }
    t.match(inspect('used', { dir }), { bytesRead: 40_960 });
    t.equal(list({ dir }).length, 1);
    // Their name is left to the next opener.
    await Promise.all([writer.close(), reader.close()]);

    release();
    holder.kill(signal);
    await gone;
    await openChannel('new', 'w', { dir }).close();
    await openChannel('used', 'r', { dir }).close();
    t.strictSame(await leftIn(dir), []);
  });
}
