// Who has a role hears of an opener that was turned away because it wanted the channel to be something
// else: otherwise each side would see only its own half of the mistake.
import { once } from 'node:events';
import { join } from 'node:path';
import {
  type ChannelMode,
  createReadStream,
  createWriteStream,
  describeStatus,
  type Framing,
  inspect,
  openChannel,
  type Refusal,
} from 'smipc';
import { openWritableStream } from 'smipc/web';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { uniqueName } from '../fixtures/channels/names.js';
import { openStream } from '../fixtures/channels/open-stream.js';
import { offsets, patch } from '../fixtures/channels/segment.js';
import { followTopic } from '../fixtures/channels/topic.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

const kinds = { bytes: {}, messages: { messages: true }, objects: { objectMode: true } };
const incompatible = { code: 'ERR_SMIPC_INCOMPATIBLE' };

function follow(stream: ReturnType<typeof createReadStream>): Refusal[];
function follow(stream: ReturnType<typeof createWriteStream>): Refusal[];
function follow(stream: NodeJS.EventEmitter): Refusal[] {
  const refusals: Refusal[] = [];
  stream.on('refused', (refusal: Refusal) => refusals.push(refusal));
  return refusals;
}

/** Another process tries to open the channel; returns its id. */
async function tryElsewhere(
  t: Test,
  name: string,
  mode: ChannelMode,
  options: object,
): Promise<number> {
  const child = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      try {
        smipc.openChannel(args.name, args.mode, args.options);
        await send('opened');
      } catch (error) {
        await send((error as NodeJS.ErrnoException).code);
      }
    },
    { name, mode, options },
  );
  t.equal(await child.message(), incompatible.code);
  return child.pid;
}

for (const mode of ['r', 'w'] as const) {
  for (const framing of ['bytes', 'messages', 'objects'] as const) {
    t.test(`a ${mode} of ${framing}, by another process`, async (t) => {
      const name = uniqueName(t);
      const topic = followTopic(t, 'smipc:refused', name);
      const stream = openStream[mode](name, kinds[framing]);
      t.teardown(() => stream.destroy());
      const refusals = follow(stream as ReturnType<typeof createReadStream>);
      const other = mode === 'r' ? 'w' : 'r';
      const role = mode === 'r' ? 'writer' : 'reader';
      const wanted: Framing = framing === 'bytes' ? 'objects' : 'bytes';
      let pid = await tryElsewhere(t, name, other, { framing: wanted });
      await until(() => refusals.length === 1, "'refused'");
      t.strictSame(refusals, [{ role, framing: wanted, resume: false, pid }]);
      t.strictSame(topic, [{ name, mode, role, framing: wanted, resume: false, pid }]);
      if (framing === 'bytes') {
        pid = await tryElsewhere(t, name, other, { resume: true });
        await until(() => refusals.length === 2, "'refused'");
        t.strictSame(refusals[1], { role, framing, resume: true, pid });
      }
      // It goes on undisturbed.
      const peer = openStream[other](name, kinds[framing]);
      await Promise.all([stream.waitForPeer(), peer.waitForPeer()]);
      await someTurns();
      // In one tick, so that neither is told that the other has left.
      stream.destroy();
      peer.destroy();
      t.equal(topic.length, refusals.length);
    });
  }
}

t.test('the same opener that tries again and again', async (t) => {
  const name = uniqueName(t);
  const reader = createReadStream(name);
  t.teardown(() => reader.destroy());
  const refusals = follow(reader);
  for (let i = 1; i <= 5; i++) {
    t.throws(() => openChannel(name, 'w', { framing: 'objects' }), incompatible);
    await until(() => refusals.length === i, "'refused'");
  }
  // Before this end can look.
  for (const framing of ['messages', 'objects', 'messages'] as const) {
    t.throws(() => openChannel(name, 'w', { framing }), incompatible);
  }
  await until(() => refusals.length === 6, "'refused'");
  await someTurns();
  const { pid } = process;
  t.strictSame(refusals.at(-1), { role: 'writer', framing: 'messages', resume: false, pid });
  t.equal(refusals.length, 6, 'the last one is told of');
});

t.test('not to who comes later, and not to who has left', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { resume: true });
  const early = follow(writer);
  t.throws(() => openChannel(name, 'r'), incompatible);
  const topic = followTopic(t, 'smipc:refused', name);
  writer.write('something');
  writer.destroy();
  const second = createWriteStream(name, { resume: true });
  t.teardown(() => second.destroy());
  const late = follow(second);
  const reader = createReadStream(name, { resume: true });
  t.teardown(() => reader.destroy());
  const atReader = follow(reader);
  await Promise.all([second.waitForPeer(), once(reader, 'data')]);
  await someTurns();
  t.strictSame([early, late, atReader, topic], [[], [], [], []]);
});

t.test('a Channel and web streams: by the topic', async (t) => {
  const name = uniqueName(t);
  const topic = followTopic(t, 'smipc:refused', name);
  const channel = openChannel(name, 'w');
  const web = uniqueName(t);
  const webTopic = followTopic(t, 'smipc:refused', web);
  const writable = openWritableStream(web);
  t.teardown(async () => {
    await writable.abort();
    await channel.close();
  });
  t.throws(() => openChannel(name, 'r', { framing: 'objects' }), incompatible);
  t.throws(() => openChannel(web, 'r', { framing: 'objects' }), incompatible);
  await until(() => topic.length > 0 && webTopic.length > 0, 'smipc:refused');
  const refusal = { role: 'reader', framing: 'objects', resume: false, pid: process.pid };
  t.strictSame(topic, [{ name, mode: 'w', ...refusal }]);
  t.strictSame(webTopic, [{ name: web, mode: 'w', ...refusal }]);
});

t.test('an opener that finds the role held, or waits for it, is not one of these', async (t) => {
  const name = uniqueName(t);
  const topic = followTopic(t, 'smipc:refused', name);
  const writer = createWriteStream(name);
  t.teardown(() => writer.destroy());
  t.throws(() => openChannel(name, 'w', { framing: 'objects' }), { code: 'EBUSY' });
  t.throws(() => openChannel(name, 'r', { create: 'always' }), { code: 'EEXIST' });
  await someTurns();
  t.strictSame(topic, []);
});

t.test('while a call blocks, and bytes go on', async (t) => {
  const name = uniqueName(t);
  const topic = followTopic(t, 'smipc:refused', name);
  const reader = openChannel(name, 'r');
  t.teardown(() => reader.close());
  const child = spawnChild(
    t,
    async ({ smipc, args, receive }) => {
      await receive();
      for (const framing of ['messages', 'objects'] as const) {
        try {
          smipc.openChannel(args.name, 'w', { framing });
        } catch {}
      }
      const writer = smipc.openChannel(args.name, 'w');
      writer.writeSync(Buffer.from('hello'));
      writer.end();
      await writer.close();
    },
    { name },
  );
  await child.send('go');
  const target = Buffer.alloc(5);
  t.equal(reader.readSync(target, { min: 5 }), 5);
  t.equal(String(target), 'hello');
  await until(() => topic.length > 0, 'smipc:refused');
  t.match(topic.at(-1), { framing: 'objects', pid: child.pid });
});

t.test('what a damaged file says is not believed', async (t) => {
  const dir = uniqueDirectory(t);
  const reader = createReadStream('name', { dir, resume: true });
  t.teardown(() => reader.destroy());
  const refusals = follow(reader);
  const path = join(dir, 'name');
  let takeovers = 0;
  reader.on('resumed', () => {
    takeovers++;
  });
  /** A writer that comes wakes the reader. */
  const wake = async () => {
    const before = takeovers;
    await openChannel('name', 'w', { dir, resume: true }).close();
    await until(() => takeovers > before, "'resumed'");
  };
  await openChannel('name', 'w', { dir, resume: true }).close();
  const pid = 77n;
  for (const word of [
    1n << 48n, // no pid
    pid | (3n << 32n), // a framing that there is not
    pid | (0xffn << 32n),
    pid | (2n << 40n), // a flag that there is not
    pid | (0xffn << 40n),
  ]) {
    patch(path, offsets.refused, word);
    await wake();
    t.strictSame(refusals, []);
  }
  patch(path, offsets.refused, pid | (1n << 40n) | (2n << 32n));
  await wake();
  t.strictSame(refusals, [{ role: 'reader', framing: 'objects', resume: true, pid: 77 }]);
});

t.test('an opener that is killed at any moment disturbs nobody', async (t) => {
  const name = uniqueName(t);
  const reader = createReadStream(name);
  const refusals = follow(reader);
  t.teardown(() => reader.destroy());
  for (let i = 0; i < 20; i++) {
    const child = spawnChild(
      t,
      async ({ smipc, args, send }) => {
        await send('tries');
        for (;;) {
          try {
            smipc.openChannel(args.name, 'w', { framing: 'objects' });
          } catch {}
        }
      },
      { name },
    );
    await child.message();
    const before = refusals.length;
    await until(() => refusals.length > before + i, "'refused'");
    child.kill();
    await child.exit;
  }
  t.ok(
    refusals.every(
      ({ framing, role, resume }) => framing === 'objects' && role === 'writer' && !resume,
    ),
  );
  const writer = createWriteStream(name);
  writer.end('whole');
  t.strictSame(await reader.toArray(), [Buffer.from('whole')]);
});

for (const call of ['readSync', 'peekSync'] as const) {
  t.test(`a thread that blocks in ${call} reports it`, async (t) => {
    const name = uniqueName(t);
    const child = spawnChild(
      t,
      async ({ smipc, args, send }) => {
        const topics = await import('node:diagnostics_channel');
        const refusals: unknown[] = [];
        topics.default.subscribe('smipc:refused', (message) => refusals.push(message));
        const reader = smipc.openChannel(args.name, 'r');
        await send('blocks');
        const started = process.hrtime.bigint();
        // In short calls, as a thread that has other things to do.
        while (refusals.length === 0 && process.hrtime.bigint() - started < 30_000_000_000n) {
          try {
            if (args.call === 'readSync') reader.readSync(Buffer.alloc(1), { timeout: 100 });
            else reader.peekSync(() => 0, { timeout: 100 });
          } catch {}
        }
        await send(refusals);
      },
      { name, call },
    );
    t.equal(await child.message(), 'blocks');
    const writer = createWriteStream(name, { objectMode: true });
    t.match(await once(writer, 'error'), [incompatible]);
    t.match(await child.message(), [{ mode: 'r', role: 'writer', framing: 'objects' }]);
  });
}

t.test('a status shows who was turned away until the role is taken', async (t) => {
  for (const resume of [false, true]) {
    const dir = uniqueDirectory(t);
    const options = { dir, resume };
    const writer = openChannel('channel', 'w', options);
    const status = () => inspect('channel', { dir });
    t.notOk('refused' in status());
    t.throws(() => openChannel('channel', 'r', { dir, framing: 'objects' }), incompatible);
    t.strictSame(status().refused, {
      role: 'reader',
      framing: 'objects',
      resume: false,
      pid: process.pid,
    });
    t.strictSame(writer.status().refused, status().refused);
    t.match(
      describeStatus(status()),
      new RegExp(`no reader has come yet. Process ${process.pid} wanted objects.*, and was turned`),
    );
    const reader = openChannel('channel', 'r', options);
    t.notOk('refused' in status(), 'it has been taken since');
    if (resume) {
      writer.tryWrite(Buffer.from('x'));
      await reader.close();
      t.notOk('refused' in status(), 'that was before');
      t.throws(() => openChannel('channel', 'r', { dir }), incompatible);
      t.match(describeStatus(status()), /wanted `resume: false`, and was turned away\.$/);
    }
    await Promise.all([writer.close(), reader.close()]);
  }
});
