// A process is stopped in the microseconds in which it holds the directory's lock. Openers give up
// with ETIMEDOUT after two seconds, channels that are open go on, leaving does not wait for it, and
// when that process goes on, or is killed, everything works again.
import { readdirSync } from 'node:fs';
import { createReadStream, inspect, list, openChannel, remove } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/directory.js';
import { runCommand } from '../fixtures/program.js';
import { stopped } from '../fixtures/stopped.js';
import { until } from '../fixtures/until.js';

const error = { name: 'SmipcError', code: 'ETIMEDOUT', channel: 'new' };

for (const signal of ['SIGCONT', 'SIGKILL'] as const) {
  t.test(`then ${signal}`, async (t) => {
    const dir = uniqueDirectory(t);
    const writer = openChannel('used', 'w', { dir });
    const reader = openChannel('used', 'r', { dir });
    const lone = openChannel('lone', 'w', { dir });
    // As a smipc process does it; flock(1) of util-linux.
    const holder = runCommand(t, 'flock', [dir, 'sh', '-c', 'echo held; read line'], {
      stdin: 'line\n',
    });
    t.teardown(() => holder.kill('SIGKILL'));
    await until(() => holder.stdout() === 'held\n', 'the lock is held');
    t.end();
  });
}
