// Where a runtime can show no memory that is not its own, peek() and reserve() work on copies: the same
// bytes are consumed and published, and the view is detached all the same.
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('peek and reserve without views of the ring', async (t) => {
  const child = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const writer = smipc.openChannel(args.name, 'w', { capacity: 4096 });
      const reader = smipc.openChannel(args.name, 'r');
      let kept: Buffer | undefined;
      const fill = (text: string) => (view: Buffer) => {
        kept = view;
        // More than is published.
        return view.fill('x').write(text);
      };
      const reserved = [
        writer.tryReserve(5, fill('abcde')),
        await writer.reserve(4096 - 5, fill('f')),
      ];
      const full = writer.tryReserve(4096, fill('never'));
      const lengths = [kept?.length];
      const seen: string[] = [];
      const take = (count: number) => (view: Buffer) => {
        kept = view;
        seen.push(view.toString());
        return count;
      };
      const peeked = [reader.tryPeek(take(2)), await reader.peek(take(0))];
      lengths.push(kept?.length);
      let thrown: unknown;
      try {
        reader.peekSync(() => {
          throw new Error('mine');
        });
      } catch (error) {
        thrown = (error as Error).message;
      }
      peeked.push(reader.peekSync(take(4)));
      const { zeroCopy } = reader;
      await send({
        zeroCopy,
        reserved,
        full,
        lengths,
        seen,
        peeked,
        thrown,
        used: reader.status().used,
      });
    },
    { name: uniqueName(t) },
    { env: { SMIPC_FALLBACK: `${process.env.SMIPC_FALLBACK ?? ''},views` } },
  );
  t.strictSame(await child.message(), {
    zeroCopy: false,
    reserved: [5, 1],
    full: 0,
    lengths: [0, 0],
    seen: ['abcdef', 'cdef', 'cdef'],
    peeked: [2, 0, 4],
    thrown: 'mine',
    used: 0,
  });
});
