/**
 * smipc: named shared-memory channels between processes on one machine, as Node streams.
 *
 * The README is the guide; `smipc/web` has the WHATWG streams.
 */
export { Channel } from './channel.js';
export { type PeerExit, SmipcError, type Syscall } from './errors.js';
export type { MessageOptions } from './messages.js';
export type { OnReadOptions } from './on-read.js';
export { type OpenChannelOptions, openChannel } from './open-channel.js';
export type {
  ChannelMode,
  ChannelOptions,
  DirectoryOptions,
  Framing,
  WaitOptions,
} from './options.js';
export { ChannelReadStream, createReadStream, type ReadStreamOptions } from './read-stream.js';
export { inspect, list, type RemoveOptions, remove } from './registry.js';
export type { Takeover } from './resumption.js';
export type { ViewFunction } from './ring-view.js';
export { type Serializer, structuredCloneSerializer } from './serializer.js';
export {
  type ChannelCounters,
  type ChannelStatus,
  type EndStatus,
  formatStatus,
} from './status.js';
export type { ReadOptions } from './transfers.js';
export {
  ChannelWriteStream,
  createWriteStream,
  type WriteStreamOptions,
} from './write-stream.js';
