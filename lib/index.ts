/**
 * smipc: named shared-memory channels between processes on one machine, as Node streams.
 *
 * README.md and docs/ are the guide; `smipc/web` has the WHATWG streams.
 */
export { Channel } from './channel/channel.js';
export { type OpenChannelOptions, openChannel } from './channel/open-channel.js';
export type { ViewFunction } from './channel/ring-view.js';
export type { ReadOptions } from './channel/transfers.js';
export type { Departure, Takeover } from './endpoint/resumption.js';
export { useAddon } from './environment/addon.js';
export { type PeerExit, SmipcError, type StreamError, type Syscall } from './errors/errors.js';
export { describeStatus } from './inspection/description.js';
export type { ChannelEvent } from './inspection/following.js';
export type { Refusal } from './inspection/refusal.js';
export { inspect, list, type RemoveOptions, remove } from './inspection/registry.js';
export {
  type ChannelCounters,
  type ChannelStatus,
  type EndStatus,
  formatStatus,
} from './inspection/status.js';
export { type PruneOptions, prune } from './inspection/sweeping.js';
export { type WatchOptions, watch } from './inspection/watching.js';
export type { MessageOptions } from './messages/messages.js';
export type {
  ChannelMode,
  ChannelOptions,
  DirectoryOptions,
  Framing,
  WaitOptions,
} from './options/options.js';
export { type Serializer, structuredCloneSerializer } from './serialization/serializer.js';
export type { OnReadOptions } from './sources/buffer-source.js';
export { ChannelReadStream, createReadStream } from './streams/read-stream.js';
export type {
  Listening,
  ReadableEvents,
  ReadStreamEvents,
  WritableEvents,
  WriteStreamEvents,
} from './streams/stream-events.js';
export type {
  ByteReadStreamOptions,
  ByteWriteStreamOptions,
  ObjectReadStreamOptions,
  ObjectWriteStreamOptions,
  ReadStreamOptions,
  TextReadStreamOptions,
  WriteStreamOptions,
} from './streams/stream-options.js';
export type { TypedReadable } from './streams/typed-readable.js';
export type { TypedWritable } from './streams/typed-writable.js';
export { ChannelWriteStream, createWriteStream } from './streams/write-stream.js';
