/** `child_process` IPC with the serialization that Node calls advanced. */
import { fork } from 'node:child_process';

/** @type {import('./contender.js').Contender} */
export const ipc = {
  name: 'ipc',
  label: 'child_process IPC',
  start(file, argv) {
    const child = fork(file, argv, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return { pid: child.pid ?? 0, handle: child };
  },
  async openWriter({ second }) {
    const end = endOf(second);
    const isIdle = () => true; // send() has serialized the chunk when it returns
    return {
      write(source) {
        let onSent = () => {};
        const chunk = /** @type {any} */ (source.next(isIdle));
        const isRoom = end.send?.(chunk, undefined, undefined, () => onSent());
        if (isRoom) return true;
        // Node's backlog is long. The callback says when this message has left it.
        return new Promise((resolve) => {
          onSent = () => resolve(undefined);
        });
      },
    };
  },
  async openReader({ second }) {
    const end = endOf(second);
    return { read: (onChunk) => end.on('message', onChunk) };
  },
};

/** @param {import('./contender.js').Second | undefined} second */
function endOf(second) {
  if (second === undefined) return process;
  return /** @type {import('node:child_process').ChildProcess} */ (second.handle);
}
