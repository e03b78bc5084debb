import { type Channel, createReadStream, openChannel, SmipcError } from 'smipc';
import { openReadableStream } from 'smipc/web';

const channel: Channel = openChannel('name', 'r');
export const count: number = channel.tryRead(new Uint8Array(1));
export const stream: NodeJS.ReadableStream = createReadStream('name');
export const web: ReadableStream<Uint8Array> = openReadableStream('name');
export const code = (error: unknown): string => (error instanceof SmipcError ? error.code : '');
// @ts-expect-error a mode is 'r' or 'w'
openChannel('name', 'x');
