/** ZeroMQ over `ipc://`: a Push and a Pull socket, as its README has them. */

/** @type {import('./contender.js').Contender} */
export const zeromq = {
  name: 'zeromq',
  label: 'ZeroMQ, ipc://',
  async openWriter({ path }) {
    const { Push } = await import('zeromq');
    const push = new Push();
    push.connect(`ipc://${path}`);
    // From 128 bytes on it keeps what it is given, and does not say when it is done with it.
    return { write: (source) => push.send(source.fresh()) };
  },
  async openReader({ path }) {
    const { Pull } = await import('zeromq');
    const pull = new Pull();
    await pull.bind(`ipc://${path}`);
    return {
      async read(onChunk) {
        for await (const [message] of pull) onChunk(/** @type {Buffer} */ (message));
      },
    };
  },
};
