// ECONNRESET and EPIPE say which process the peer was, and how it left.
import {
  createReadStream,
  createWriteStream,
  openChannel,
  type SmipcError,
  type StreamError,
} from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild, type TalkingChild } from '../fixtures/processes/child.js';

/** A process with one end, which it leaves when it is told to. */
async function startPeer(
  t: Test,
  name: string,
  mode: 'r' | 'w',
  resume: boolean,
): Promise<TalkingChild> {
  const child = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const { name, mode, resume } = args;
      const channel = smipc.openChannel(name, mode, { resume });
      if (mode === 'w') channel.tryWrite(Buffer.from('something'));
      else channel.readSync(Buffer.alloc(1));
      await send('open');
      await receive();
      await channel.close();
    },
    { name, mode, resume },
  );
  await child.message();
  return child;
}

for (const resume of [false, true]) {
  const options = resume ? { resume, resumeTimeout: 50 } : {};
  for (const isKilled of [false, true]) {
    const how = `${isKilled ? 'killed' : 'left'}${resume ? ', and nobody came in its place' : ''}`;
    const leave = async (peer: TalkingChild) => {
      if (isKilled) peer.kill();
      else await peer.send('leave');
    };

    t.test(`a writer that has ${how}`, async (t) => {
      const name = uniqueName(t);
      const writer = await startPeer(t, name, 'w', resume);
      const reader = createReadStream(name, options);
      const failure = new Promise<StreamError>((resolve) => reader.on('error', resolve));
      reader.resume();
      await leave(writer);
      const what = isKilled ? 'died' : 'left without end\\(\\)';
      t.match(await failure, {
        code: 'ECONNRESET',
        peer: isKilled ? 'died' : 'aborted',
        pid: writer.pid,
        message: new RegExp(`: the writer \\(process ${writer.pid}\\) ${what}`),
      });
    });

    t.test(`a reader that has ${how}`, async (t) => {
      const name = uniqueName(t);
      const writer = createWriteStream(name, options);
      // An idle writer keeps no process alive.
      const alive = setInterval(() => {}, 1000);
      t.teardown(() => clearInterval(alive));
      const failure = new Promise<StreamError>((resolve) => writer.on('error', resolve));
      writer.write('something');
      const reader = await startPeer(t, name, 'r', resume);
      await leave(reader);
      t.match(await failure, {
        code: 'EPIPE',
        peer: isKilled ? 'died' : 'closed',
        pid: reader.pid,
        message: new RegExp(`: the reader \\(process ${reader.pid}\\) `),
      });
    });
  }
}

t.test('other errors of an end have none', async (t) => {
  const channel = openChannel(uniqueName(t), 'w');
  await channel.close();
  const error = await channel.write(Buffer.from('late')).catch((error: SmipcError) => error);
  t.match(error, { code: 'EBADF' });
  t.notOk('pid' in (error as SmipcError));
});
