/**
 * `smipc/web`: channels as WHATWG streams of bytes. Built on `Channel`, not on Node's adapters:
 * those count chunks instead of bytes (nodejs/node#47128), and would accept far more than the ring
 * holds.
 */

import { types } from 'node:util';
import { Channel } from '../channel/channel.js';
import type { EndOf } from '../endpoint/open-end.js';
import { openWhenFree, tryOpen } from '../endpoint/opening.js';
import { Status } from '../environment/contract.js';
import { invalidArgType } from '../errors/arguments.js';
import { failure } from '../failures/failures.js';
import { AbortController, ReadableStream, WritableStream } from '../host/host.js';
import { isGone, toBytes } from '../memory/bytes.js';
import {
  type ChannelMode,
  type ChannelOptions,
  type ChannelSettings,
  readChannelOptions,
} from '../options/options.js';

/** The largest chunk that a reader without a buffer of its own gets. */
const kDefaultReaderBytes = 64 * 1024;
const kHighWaterMark = 64 * 1024;

/**
 * `isUnwanted`: aborted when the stream is cancelled or aborted, which may be during the opening.
 */
async function open<Mode extends ChannelMode>(
  settings: ChannelSettings<Mode>,
  isUnwanted: AbortSignal,
): Promise<EndOf<Mode>> {
  const end = tryOpen(settings);
  if (end !== undefined) return end;
  // Not AbortSignal.any(): the user's signal may come from another realm, such as jsdom's.
  const either = new AbortController();
  const signals = settings.signal === undefined ? [isUnwanted] : [settings.signal, isUnwanted];
  const abort = (): void => either.abort(signals.find((signal) => signal.aborted)?.reason);
  for (const signal of signals) signal.addEventListener('abort', abort);
  try {
    if (signals.some((signal) => signal.aborted)) abort();
    return await openWhenFree(settings, { signal: either.signal });
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  }
}

/**
 * Opens the reader's end of a channel as a WHATWG byte stream, for default and BYOB readers. Bytes
 * leave the ring only when the consumer reads.
 *
 * Bad arguments are thrown as `TypeError` or `RangeError`. All other failures error the stream:
 * those of opening (`EBUSY`, `ENOENT`, `ENOSPC` and others that `SmipcError` lists), and
 * `ECONNRESET` if the writer dies or leaves without an end. Cancelling closes the reader's end, and
 * the writer gets `EPIPE`. `signal` aborts the opening only; `pipeTo` has a signal of its own.
 */
export function openReadableStream(
  name: string,
  options: ChannelOptions = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const settings = readChannelOptions(name, 'r', options, 'bytes');
  const cancelled = new AbortController();
  let opening: Promise<Channel>;
  let channel: Channel | undefined;
  // Node's types do not tell that each chunk has memory of its own, which is never a shared one.
  return new ReadableStream(
    {
      type: 'bytes',
      async start() {
        opening = open(settings, cancelled.signal).then(Channel.of);
        channel = await opening;
      },
      async pull(controller) {
        const opened = channel as Channel; // start() comes first
        // A BYOB reader reads into its own buffer. For a default reader there is no request, and no
        // memory before there are bytes (`autoAllocateChunkSize` would take 64 KiB for one byte).
        const request = controller.byobRequest;
        try {
          const isOver =
            request === null
              ? await enqueueChunk(controller, opened)
              : await answer(request, opened);
          if (!isOver) return;
          await opened.close();
          controller.close();
          // The spec wants an answer to a BYOB read at the end, too; one may have come meanwhile.
          controller.byobRequest?.respond(0);
        } catch (error) {
          await opened.close();
          throw error;
        }
      },
      async cancel() {
        cancelled.abort();
        // The stream does not wait for start() before it cancels.
        const closed = channel?.close() ?? opening.then((opened) => opened.close(), ignore);
        await closed;
      },
    },
    { highWaterMark: 0 },
  ) as ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Returns whether the channel was at its end. */
async function enqueueChunk(
  controller: ReadableByteStreamController,
  channel: Channel,
): Promise<boolean> {
  const chunk = await channel.readChunk(kDefaultReaderBytes);
  if (chunk !== null) controller.enqueue(chunk);
  return chunk === null;
}

/** Returns whether the channel was at its end. */
async function answer(request: ReadableStreamBYOBRequest, channel: Channel): Promise<boolean> {
  const count = await channel.read(request.view as Uint8Array);
  if (count > 0) request.respond(count);
  return count === 0;
}

/** A channel that could not be opened need not be closed; start() has reported why. */
function ignore(): void {}

/** Whether the writable stream takes it: any memory, of any realm. */
function isChunk(chunk: unknown): chunk is ArrayBufferLike | ArrayBufferView {
  return types.isAnyArrayBuffer(chunk) || ArrayBuffer.isView(chunk);
}

/** The bytes of a chunk; undefined: their memory was transferred away. */
function bytesOf(chunk: unknown): Uint8Array | undefined {
  if (!isChunk(chunk)) throw invalidArgType('chunk', 'an ArrayBuffer or an ArrayBufferView', chunk);
  try {
    const view = ArrayBuffer.isView(chunk) ? chunk : new Uint8Array(chunk);
    return isGone(view) ? undefined : toBytes(view);
  } catch {
    // An ArrayBuffer that was transferred away.
    return undefined;
  }
}

/** The size of a chunk in the queue. Of no chunk it throws or is negative. */
function sizeOf(chunk: unknown): number {
  // write() refuses a chunk that is no bytes; an error here would leave the channel open.
  if (!isChunk(chunk) || (ArrayBuffer.isView(chunk) && isGone(chunk))) return 0;
  return Math.max(0, chunk.byteLength);
}

/** The types of Node 20 lack it. */
function signalOf(controller: WritableStreamDefaultController): AbortSignal {
  return (controller as WritableStreamDefaultController & { signal: AbortSignal }).signal;
}

/**
 * Opens the writer's end of a channel as a WHATWG writable stream, whose chunks are `ArrayBuffer`s,
 * `SharedArrayBuffer`s and views of them. A write settles when its bytes are in the ring. `close()`
 * is the clean end; after `abort()` the reader gets `ECONNRESET`. A chunk must not change before
 * its write settles; one whose memory is transferred away or resized errors the stream with
 * `ERR_INVALID_STATE`.
 *
 * Bad arguments are thrown as `TypeError` or `RangeError`. All other failures error the stream:
 * those of opening (`EBUSY`, `ENOENT`, `ENOSPC` and others that `SmipcError` lists), and `EPIPE` as
 * soon as the reader closes or dies. `signal` aborts the opening only.
 */
export function openWritableStream(
  name: string,
  options: ChannelOptions = {},
): WritableStream<ArrayBufferLike | ArrayBufferView> {
  const settings = readChannelOptions(name, 'w', options, 'bytes');
  let channel: Channel | undefined;
  // The sizes of the chunks in the queue, when they came.
  const sizes: number[] = [];
  return new WritableStream(
    {
      async start(controller) {
        // The stream waits for start() before it calls abort(); the signal tells at once.
        const end = await open(settings, signalOf(controller));
        const opened = Channel.of(end);
        channel = opened;
        end.onWake(() => {
          const loss = end.readerLoss;
          if (loss === undefined) return;
          controller.error(loss);
          void opened.closeBecause(loss);
        });
      },
      async write(chunk, controller) {
        // The stream calls abort() only after a write in progress has settled; the signal ends it.
        const signal = signalOf(controller);
        const opened = channel as Channel; // start() comes first
        const size = sizes.shift();
        try {
          const bytes = bytesOf(chunk);
          // Writing less than the chunk had would leave a gap in the stream.
          if (bytes?.length !== size)
            throw failure(Status.Detached, { syscall: 'write', channel: name });
          await opened.write(bytes as Uint8Array, { signal });
        } catch (error) {
          // It does not call abort() at all after a write that failed.
          await opened.close();
          throw error;
        }
      },
      async close() {
        const opened = channel as Channel;
        opened.end();
        await opened.close();
      },
      async abort() {
        // It is also called when start() has failed.
        await channel?.close();
      },
    },
    {
      highWaterMark: kHighWaterMark,
      size(chunk) {
        const size = sizeOf(chunk);
        sizes.push(size);
        return size;
      },
    },
  );
}
