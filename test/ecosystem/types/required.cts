import smipc = require('smipc');
import web = require('smipc/web');

const channel: smipc.Channel = smipc.openChannel('name', 'r');
export const count: number = channel.tryRead(new Uint8Array(1));
export const stream: NodeJS.ReadableStream = smipc.createReadStream('name');
export const readable: ReadableStream<Uint8Array> = web.openReadableStream('name');
export const code = (error: unknown): string =>
  error instanceof smipc.SmipcError ? error.code : '';
// @ts-expect-error a mode is 'r' or 'w'
smipc.openChannel('name', 'x');
