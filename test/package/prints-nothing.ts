// smipc prints nothing, whatever happens, unless NODE_DEBUG=smipc asks for it; and then only to stderr.
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';

/** Lets a process see all that can go well or wrong. */
async function outputWith(t: Test, NODE_DEBUG: string | undefined) {
  const args = { name: uniqueName(t), refused: uniqueName(t) };
  const child = spawnChild(
    t,
    async ({ smipc, args }) => {
      const writer = smipc.createWriteStream(args.name);
      const reader = smipc.createReadStream(args.name);
      writer.write('x');
      writer.end();
      await reader.toArray();

      const first = smipc.openChannel(args.refused, 'w');
      const second = smipc.createWriteStream(args.refused);
      await new Promise((resolve) => second.on('error', resolve));
      const peer = smipc.openChannel(args.refused, 'r');
      await first.close();
      await peer.read(Buffer.alloc(1)).catch(() => {});
      await peer.close();
    },
    args,
    { env: { NODE_DEBUG } },
  );
  return { ...args, ...(await child.exit) };
}

for (const NODE_DEBUG of [undefined, '', 'fs', 'smip', 'smipc.x,.mipc']) {
  t.test(`NODE_DEBUG=${NODE_DEBUG}`, async (t) => {
    const { code, stdout, stderr } = await outputWith(t, NODE_DEBUG);
    t.equal(code, 0);
    t.equal(stdout, '');
    t.notMatch(stderr, /smipc/i);
    if (NODE_DEBUG !== 'fs') t.equal(stderr, '');
  });
}

for (const NODE_DEBUG of ['SMIPC', 'fs,smi*', '*']) {
  t.test(`NODE_DEBUG=${NODE_DEBUG}`, async (t) => {
    const { code, stderr } = await outputWith(t, NODE_DEBUG);
    t.equal(code, 0);
    t.match(stderr, /^SMIPC \d+: open /m);
  });
}

t.test('NODE_DEBUG=smipc', async (t) => {
  const { code, stdout, stderr, name, refused } = await outputWith(t, 'smipc');
  t.equal(code, 0);
  t.equal(stdout, '');
  const lines = stderr.split('\n').filter((line) => line.startsWith('SMIPC '));
  for (const [topic, channel] of [
    ['open', name],
    ['connect', name],
    ['close', name],
    ['open', refused],
    ['error', refused],
  ] as const) {
    const isAbout = (line: string) => line.includes(`: ${topic} `);
    t.ok(lines.some(isAbout), topic);
    t.ok(stderr.includes(channel));
  }
  t.match(stderr, /EBUSY/);
});
