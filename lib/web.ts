/**
 * Channels as WHATWG streams, of bytes. Built on `Channel`, not on Node's adapters: those count chunks
 * where bytes are meant (nodejs/node#47128), and would accept far more than the ring holds.
 */

import { invalidArgType } from './arguments.js';
import { Channel } from './channel.js';
import type { Endpoint } from './endpoint.js';
import { AbortController, AbortSignal, ReadableStream, WritableStream } from './host.js';
import { openAtOnce, openWhenFree } from './opening.js';
import { type ChannelOptions, type ChannelSettings, readChannelOptions } from './options.js';

/** The largest chunk that a reader without a buffer of its own gets. */
const kChunkBytes = 64 * 1024;
const kHighWaterMark = 64 * 1024;

/** `isUnwanted`: the stream was cancelled or aborted, perhaps while the role was waited for. */
async function open(settings: ChannelSettings, isUnwanted: AbortSignal): Promise<Endpoint> {
  const endpoint = openAtOnce(settings);
  if (endpoint !== undefined) return endpoint;
  const signal =
    settings.signal === undefined ? isUnwanted : AbortSignal.any([settings.signal, isUnwanted]);
  return await openWhenFree(settings, { signal });
}

/**
 * Opens the reader's end of a channel as a byte stream, for default and BYOB readers. Nothing is taken
 * out of the ring before it is asked for.
 *
 * Errors: those of `openChannel` and `Channel.read` error the stream. Bad arguments are thrown.
 * Cancelling closes the reader's end, and the writer gets `EPIPE`. `signal` aborts the opening only;
 * give `pipeTo` a signal of its own.
 */
export function openReadableStream(
  name: string,
  options: ChannelOptions = {},
): ReadableStream<Uint8Array> {
  const settings = readChannelOptions(name, 'r', options, 'bytes');
  const cancelled = new AbortController();
  let opening: Promise<Channel>;
  let channel: Channel | undefined;
  return new ReadableStream(
    {
      type: 'bytes',
      autoAllocateChunkSize: kChunkBytes,
      async start() {
        opening = open(settings, cancelled.signal).then(Channel.of);
        channel = await opening;
      },
      async pull(controller) {
        // With autoAllocateChunkSize there always is a request, and it is always for bytes.
        const request = controller.byobRequest as ReadableStreamBYOBRequest;
        const opened = channel as Channel; // start() comes first
        try {
          const count = await opened.read(request.view as Uint8Array);
          if (count === 0) {
            await opened.close();
            controller.close();
          }
          request.respond(count);
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
  );
}

/** A channel that could not be opened, as start() has said, need not be closed. */
function ignore(): void {}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (ArrayBuffer.isView(chunk)) {
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw invalidArgType('chunk', 'an ArrayBuffer or an ArrayBufferView', chunk);
}

/** It is not in the types of Node 20. */
function signalOf(controller: WritableStreamDefaultController): AbortSignal {
  return (controller as WritableStreamDefaultController & { signal: AbortSignal }).signal;
}

/**
 * Opens the writer's end of a channel as a writable stream of `ArrayBuffer`s and views. A write settles
 * when its bytes are in the ring. Closing is the clean end; aborting is not.
 *
 * Errors: those of `openChannel` and `Channel.write` error the stream; `EPIPE` does so at once, without
 * waiting for the next write. Bad arguments are thrown. `signal` aborts the opening only.
 */
export function openWritableStream(
  name: string,
  options: ChannelOptions = {},
): WritableStream<ArrayBuffer | ArrayBufferView> {
  const settings = readChannelOptions(name, 'w', options, 'bytes');
  let channel: Channel | undefined;
  return new WritableStream(
    {
      async start(controller) {
        // The stream waits for start() before it calls abort(); the signal tells at once.
        const endpoint = await open(settings, signalOf(controller));
        const opened = Channel.of(endpoint);
        channel = opened;
        endpoint.onWake(() => {
          if (endpoint.state !== 'open' || endpoint.ended) return;
          const loss = endpoint.readerLoss;
          if (loss === undefined) return;
          controller.error(loss);
          void opened.closeBecause(loss);
        });
      },
      async write(chunk, controller) {
        // The stream calls abort() only after a write in progress has settled; the signal ends it.
        const signal = signalOf(controller);
        const opened = channel as Channel; // start() comes first
        try {
          await opened.write(bytesOf(chunk), { signal });
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
    // What is no bytes is refused by write(); here an error would leave the channel open.
    { highWaterMark: kHighWaterMark, size: (chunk) => chunk?.byteLength ?? 0 },
  );
}
