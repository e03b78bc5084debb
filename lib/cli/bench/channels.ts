/** The way that is smipc's: a channel there, and one back. */
import {
  type ChannelReadStream,
  type ChannelWriteStream,
  createReadStream,
  createWriteStream,
  remove,
} from '../../index.js';
import { destroyed } from '../transfer/streaming.js';
import type { Link } from './ways.js';

/** Where the channels are: both processes must say the same. */
export interface ChannelPlace {
  /** Undefined: the default one. */
  readonly directory: string | undefined;
  /** What their names begin with. */
  readonly prefix: string;
}

export interface ChannelLink extends Link {
  readonly reader: ChannelReadStream;
  readonly writer: ChannelWriteStream;
}

/** @param side `measuring`: the process that measures; `partner`: the other one */
export function channelLink(place: ChannelPlace, side: 'measuring' | 'partner'): ChannelLink {
  const options = { dir: place.directory };
  const [up, down] = namesOf(place);
  const [read, written] = side === 'measuring' ? [up, down] : [down, up];
  return {
    reader: createReadStream(read, options),
    writer: createWriteStream(written, options),
  };
}

/**
 * Leaves them, and nothing of them. The last one that leaves a channel removes it, unless its peer is
 * just dying: whoever calls this knows that the other process has gone, or is about to.
 */
export async function leave({ reader, writer }: ChannelLink, place: ChannelPlace): Promise<void> {
  const ends = [reader, writer];
  // One that is about to be made is to be removed, too.
  await Promise.allSettled(ends.map((end) => end.opened()));
  await Promise.all(ends.map(destroyed));
  for (const name of namesOf(place)) {
    try {
      remove(name, { dir: place.directory, force: true });
    } catch {
      // It is not there, as it should be; or there is no directory of channels.
    }
  }
}

const namesOf = ({ prefix }: ChannelPlace): [up: string, down: string] => [
  `${prefix}-up`,
  `${prefix}-down`,
];
