// The C library's heap is told to keep what is freed, as soon as something reads: chunks that were given
// back to the kernel, and taken again page by page, would take much of a reader's time. It then has large
// blocks in the heap, too, which are mappings of their own otherwise.
import process from 'node:process';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { libc } from '../fixtures/hosts/addon.js';
import { spawnChild } from '../fixtures/processes/child.js';

const isSet = Object.keys(process.env).some((name) => /^(MALLOC_|GLIBC_TUNABLES)/.test(name));
const skip = libc !== 'glibc' || isSet ? 'the heap is not one that smipc sets' : false;
const kMiB = 2 ** 20;

for (const kind of ['channel', 'socket']) {
  t.test(`of a ${kind}`, { skip }, async (t) => {
    const child = spawnChild(
      t,
      async ({ smipc, args, send }) => {
        const { default: events } = await import('node:events');
        const { readFileSync } = await import('node:fs');
        const net = await import('smipc/net');
        /** How far the heap grows by a block of 16 MiB. */
        const growth = () => {
          const heapBytes = () => {
            const maps = readFileSync('/proc/self/maps', 'latin1');
            const [, from = '', to = ''] = /^(\w+)-(\w+) .*\[heap\]$/m.exec(maps) ?? [];
            return Number.parseInt(to, 16) - Number.parseInt(from, 16);
          };
          const before = heapBytes();
          const block = Buffer.allocUnsafeSlow(2 ** 24);
          return heapBytes() - before + 0 * block.length;
        };
        await send(growth());
        if (args.kind === 'channel') {
          smipc.openChannel(args.name, 'r', { create: 'always' });
        } else {
          await events.once(net.createServer().listen(args.name), 'listening');
          await events.once(net.connect(args.name), 'connect');
        }
        await send(growth());
        process.exit();
      },
      { kind, name: uniqueName(t) },
    );
    const [before, after] = [Number(await child.message()), Number(await child.message())];
    t.ok(before < 8 * kMiB, `before: ${before} bytes`);
    t.ok(after >= 8 * kMiB, `after: ${after} bytes`);
  });
}
