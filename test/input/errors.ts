// What a program can rely on in an error: class, code, and the fields of Node's system errors.
import { createReadStream, inspect, openChannel, remove, SmipcError } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

t.test('fields', async (t) => {
  const name = uniqueName(t);
  const writer = openChannel(name, 'w');
  t.teardown(() => writer.close());
  const error = thrownBy(() => openChannel(name, 'w')) as SmipcError;
  t.ok(error instanceof SmipcError);
  t.ok(error instanceof Error);
  t.match(error, {
    name: 'SmipcError',
    code: 'EBUSY',
    syscall: 'open',
    channel: name,
    pid: process.pid,
    peer: undefined,
    errno: undefined,
    cause: undefined,
  });
  t.ok(error.message.includes(name) && error.message.startsWith('EBUSY: '));
  t.ok(error.message.includes(String(process.pid)));
  t.match(error.stack, /^SmipcError: EBUSY/);
  t.equal(Object.hasOwn(error, 'name'), false, 'as in Node');
});

t.test('every function says what failed, and for which channel', async (t) => {
  const channel = uniqueName(t);
  const never = { create: 'never' } as const;
  const error = { code: 'ENOENT', channel };
  t.match(
    thrownBy(() => openChannel(channel, 'r', never)),
    { ...error, syscall: 'open' },
  );
  t.match(
    thrownBy(() => inspect(channel)),
    { ...error, syscall: 'inspect' },
  );
  t.match(
    thrownBy(() => remove(channel)),
    { ...error, syscall: 'remove' },
  );
  const stream = createReadStream(channel, never);
  const emitted = await new Promise((resolve) => stream.once('error', resolve));
  t.match(emitted, { ...error, syscall: 'open' });
});

t.test('instanceof knows the errors of another copy of smipc', (t) => {
  class OtherCopy extends Error {}
  Object.defineProperty(OtherCopy.prototype, Symbol.for('smipc.error'), { value: true });
  t.ok(new OtherCopy() instanceof SmipcError);
  t.notOk(new Error('EBUSY') instanceof SmipcError);
  for (const value of [null, undefined, 'SmipcError', {}]) {
    t.notOk(value instanceof SmipcError);
  }
  t.end();
});

t.test('an aborted opening is an AbortError', async (t) => {
  const name = uniqueName(t);
  const signal = AbortSignal.abort('my reason');
  const error = { name: 'AbortError', code: 'ABORT_ERR', cause: 'my reason' };
  t.match(
    thrownBy(() => openChannel(name, 'r', { signal })),
    error,
  );
  await t.rejects(openChannel(name, 'r', { signal, wait: true }), error);
  const stream = createReadStream(name, { signal });
  t.match(await new Promise((resolve) => stream.once('error', resolve)), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });
  t.throws(() => inspect(name), { code: 'ENOENT' });
});
