/** All contenders, in the order in which they take their turns. */
import { ipc } from './child-process-ipc.js';
import { disruptor } from './disruptor.js';
import { portCopy, portTransfer } from './message-ports.js';
import { nativeRotating, nativeWarm } from './native-limit.js';
import { fifo, stdio } from './pipes.js';
import { smipcChannel, smipcSync } from './smipc-channels.js';
import { smipcObjects, smipcObjectsMsgpackr, smipcObjectsV8 } from './smipc-objects.js';
import { smipcPeek, smipcPeekSync } from './smipc-peek.js';
import { smipc, smipcAwaiting, smipcMessages, smipcOnread, smipcReuse } from './smipc-streams.js';
import { socket, socketAwaiting, socketOnread, tcp } from './sockets.js';
import { zeromq } from './zeromq.js';

/** @type {import('./contender.js').Contender[]} */
const all = [
  // Those that are compared most stand side by side: their runs are then neighbours in time.
  smipc,
  socket,
  smipcReuse,
  ...smipcAwaiting,
  ...socketAwaiting,
  smipcOnread,
  socketOnread,
  smipcChannel,
  smipcSync,
  smipcPeek,
  smipcPeekSync,
  smipcMessages,
  tcp,
  stdio,
  fifo,
  smipcObjects,
  ipc,
  smipcObjectsV8,
  smipcObjectsMsgpackr,
  portCopy,
  portTransfer,
  zeromq,
  disruptor,
  nativeWarm,
  nativeRotating,
];

export const contenders = new Map(all.map((contender) => [contender.name, contender]));

/** @param {string} name */
export function contenderOf(name) {
  const contender = contenders.get(name);
  if (contender === undefined) {
    throw new Error(`no contender '${name}'; there are: ${[...contenders.keys()].join(', ')}`);
  }
  return contender;
}

/** @param {string} name */
export const isOurs = (name) => name.startsWith('smipc');
