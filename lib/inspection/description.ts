/** A status in words, for people who want to know why a channel stands still. */
import { refusalInWords } from './refusal.js';
import type { ChannelStatus, EndStatus } from './status.js';

/**
 * A status as several lines of text: what the channel is, how full it is, how each end is, and what
 * is waited for. For people; the wording may change.
 */
export function describeStatus(status: ChannelStatus): string {
  const { name, directory, framing, resumable, writer, reader } = status;
  if (framing === 'connections') {
    const server = kServerStates[reader.state] + processOf(reader.pid);
    return `${name} in ${directory}: connections\n  server  ${server}`;
  }
  return [
    `${name} in ${directory}: ${framing}${resumable ? ', resumable' : ''}`,
    `  ring    ${fillOf(status)}`,
    `  writer  ${endInWords(writer, kWriterStates)}`,
    `  reader  ${endInWords(reader, kReaderStates)}`,
    `  ${situation(status)}${refusalOf(status)}`,
  ].join('\n');
}

function fillOf(status: ChannelStatus): string {
  const { used, capacity, bytesWritten, bytesRead, messagesWritten, messagesRead } = status;
  const percent = Math.floor((100 * used) / capacity);
  const counted = (bytes: number, messages: number | undefined): string =>
    messages === undefined ? `${bytes}` : `${bytes} in ${plural(messages, 'message')}`;
  const inside =
    messagesWritten === undefined || messagesRead === undefined
      ? ''
      : `, ${plural(messagesWritten - messagesRead, 'message')}`;
  return (
    `${used} of ${capacity} bytes used (${percent} %)${inside};` +
    ` ${counted(bytesWritten, messagesWritten)} written, ${counted(bytesRead, messagesRead)} read`
  );
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const kWriterStates: Record<ChannelStatus['writer']['state'], string> = {
  absent: 'has not come yet',
  open: 'is there',
  ended: 'has ended',
  aborted: 'left without end()',
  died: 'was killed, or crashed',
};

const kReaderStates: Record<ChannelStatus['reader']['state'], string> = {
  absent: 'has not come yet',
  open: 'is there',
  ended: 'has read to the end',
  closed: 'left',
  died: 'was killed, or crashed',
};

/** Of a server of `smipc/net`, which has the reader's role at its name. */
const kServerStates: Record<ChannelStatus['reader']['state'], string> = {
  absent: 'has not come yet',
  open: 'listens',
  ended: 'has left',
  closed: 'has left',
  died: 'was killed, or crashed',
};

function endInWords<State extends string>(
  { state, pid, sleeping, withinMessage, takeovers }: EndStatus<State>,
  words: Record<State, string>,
): string {
  const parts: string[] = [words[state] + processOf(pid)];
  if (sleeping !== undefined) parts.push(sleeping ? 'sleeps' : 'awake');
  if (withinMessage) parts.push('is in the middle of a message');
  if (takeovers) parts.push(`took over (${plural(takeovers, 'takeover')} so far)`);
  return parts.join(', ');
}

const processOf = (pid: number | undefined): string => (pid === undefined ? '' : ` (pid ${pid})`);

/** Of who was turned away, and may be whom is waited for: a sentence more. */
function refusalOf(status: ChannelStatus): string {
  if (status.refused === undefined) return '';
  const words = refusalInWords(status.refused, status);
  return ` ${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** Who waits for what, in one sentence or two. */
function situation(status: ChannelStatus): string {
  const isHere = ({ state }: EndStatus<string>): boolean => state === 'open';
  const { writer, reader } = status;
  if (isHere(writer)) return isHere(reader) ? betweenTwo(status) : aloneWriting(status);
  return isHere(reader) ? aloneReading(status) : deserted(status);
}

/** Why a process that could go on does not. */
const kReasons = 'it is busy, paused, or stopped (SIGSTOP, a debugger)';

function betweenTwo({ used, capacity, writer, reader }: ChannelStatus): string {
  if (writer.sleeping) {
    const wish =
      used === capacity
        ? 'The writer waits for space: the ring is full'
        : 'The writer waits for more space, or until all is read';
    return reader.sleeping
      ? `${wish}. The reader waits for more bytes than there are.`
      : `${wish}, and the reader${processOf(reader.pid)} does not read: ${kReasons}.`;
  }
  if (!reader.sleeping) {
    return used === 0
      ? 'Nobody waits: the reader does not ask for bytes at the moment.'
      : `There are ${used} bytes to read, and the reader does not ask for them: ${kReasons}.`;
  }
  return used === 0
    ? `The reader waits for ${reader.withinMessage ? 'the rest of a message' : 'bytes'}: the writer${processOf(writer.pid)} writes none.`
    : 'The reader waits for more bytes than there are: a message that is not whole yet, or `min`.';
}

function aloneWriting({ used, capacity, resumable, writer, reader }: ChannelStatus): string {
  const hasCome = reader.state !== 'absent';
  if (hasCome && !resumable) return 'The reader has gone: writing fails with EPIPE.';
  const awaited = hasCome ? 'the next reader has not come yet' : 'no reader has come yet';
  if (!writer.sleeping) return `The writer need not wait, but ${awaited}.`;
  return used === capacity
    ? `The writer waits for space: the ring is full, and ${awaited}.`
    : `The writer waits for more space, or until all is read: ${awaited}.`;
}

function aloneReading({ used, resumable, writer, reader }: ChannelStatus): string {
  const awaited =
    writer.state === 'absent' ? 'no writer has come yet' : 'the next writer has not come yet';
  if (writer.state === 'absent' || (resumable && used === 0 && writer.state !== 'ended')) {
    return reader.sleeping
      ? `The reader waits: ${awaited}.`
      : `The reader does not ask for bytes at the moment, and ${awaited}.`;
  }
  if (used > 0) {
    return reader.sleeping
      ? 'The writer has gone. What is left is less than the reader waits for.'
      : `The writer has gone. There are ${used} bytes left to read.`;
  }
  if (writer.state === 'ended') return 'The writer has ended, and everything is read.';
  return 'The writer has gone without end(): reading fails with ECONNRESET.';
}

function deserted({ used, resumable, bytesWritten, writer, reader }: ChannelStatus): string {
  const isEnded = writer.state === 'ended';
  if (reader.state === 'ended') return 'Nobody is there, and the stream is over.';
  if (resumable && (bytesWritten > 0 || isEnded)) {
    const rest = used > 0 ? `${used} bytes wait for a reader` : 'everything is read';
    return isEnded
      ? `Nobody is there; ${rest}. The stream has ended: a reader reads to its end, and until then a new writer gets EBUSY.`
      : `Nobody is there; ${rest}. The next owners go on from here.`;
  }
  if (reader.state === 'absent' && (isEnded || bytesWritten > 0)) {
    return used > 0
      ? `Nobody is there; ${used} bytes wait for a reader.`
      : 'Nobody is there; the end of an empty stream waits for a reader.';
  }
  return 'Nobody is there, and nothing can be read any more: the next opener begins anew.';
}
