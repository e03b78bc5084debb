/**
 * The other process of `smipc bench`: writes when it is told to, and answers what comes. Its argument
 * is a JSON text: PartnerTask. The process that started it ends it.
 */
import { rmSync } from 'node:fs';
import process from 'node:process';
import { channelLink, leave } from './channels.js';
import type { Order, PartnerTask, Readiness } from './partner-task.js';
import { connectIn } from './sockets.js';
import { answer, send } from './traffic.js';
import type { Link, Links } from './ways.js';

async function main({ channels, socketFolder }: PartnerTask): Promise<void> {
  const smipc = channelLink(channels, 'partner');
  /**
   * A link has failed: the one that measures hears of it, too, and tells it. Or that one was killed,
   * and what it would have removed is left to this one.
   */
  const end = (): void => {
    if (socketFolder !== undefined) rmSync(socketFolder, { recursive: true, force: true });
    void leave(smipc, channels).finally(() => process.exit(1));
  };
  process.once('disconnect', end);
  const watch = ({ reader, writer }: Link): void => {
    for (const stream of [reader, writer]) stream.on('error', end);
  };
  watch(smipc);
  // It may have gone before this one was there.
  if (!process.connected) end();
  await Promise.all([smipc.reader.opened(), smipc.writer.opened()]);
  const links = await linksOf(smipc, socketFolder);
  for (const link of Object.values(links)) {
    watch(link);
    answer(link);
  }
  process.on('message', ({ way, size, count }: Order) => {
    void send((links[way] as Link).writer, size, count);
  });
  tell({ isReady: true });
}

async function linksOf(smipc: Link, socketFolder: string | undefined): Promise<Links> {
  const pipe: Link = { reader: process.stdin, writer: process.stdout };
  if (socketFolder === undefined) return { smipc, pipe };
  const socket = await connectIn(socketFolder);
  return { smipc, pipe, socket: { reader: socket, writer: socket } };
}

function tell(readiness: Readiness): void {
  if (process.connected) process.send?.(readiness);
}

main(JSON.parse(process.argv[2] as string) as PartnerTask).catch((error: Error) => {
  tell({ failure: error.message });
});
