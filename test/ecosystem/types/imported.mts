import { type Channel, createReadStream, createWriteStream, openChannel, SmipcError } from 'smipc';
import { openReadableStream } from 'smipc/web';

const channel: Channel = openChannel('name', 'r');
export const count: number = channel.tryRead(new Uint8Array(1));
export const stream: NodeJS.ReadableStream = createReadStream('name');
export const web: ReadableStream<Uint8Array> = openReadableStream('name');
export const code = (error: unknown): string => (error instanceof SmipcError ? error.code : '');
// What a library exports has types that its declarations can name.
export const ids = createReadStream<{ id: number }>('name', { objectMode: true }).map(
  ({ id }) => id,
);
export const { on, read } = createReadStream('name', { encoding: 'utf8' });
export const { end, once, write } = createWriteStream('name');
// @ts-expect-error a mode is 'r' or 'w'
openChannel('name', 'x');
