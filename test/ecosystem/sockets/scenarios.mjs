/**
 * What is tried with each library. A scenario ends with its outcome in a few words, which a row may
 * expect to be another than `kUsual`.
 */
import { kBytes } from './bodies.mjs';
import { Failure, until } from './processes.mjs';

/** @typedef {import('./processes.mjs').Side & { streams?: boolean, notices?: boolean }} Side */
/** @typedef {import('node:stream').Duplex} Duplex */
/** @typedef {import('node:stream').Readable} Readable */

/**
 * What the server part of a row gets.
 * @typedef {object} ServerAt
 * @property {string} name
 * @property {(listener: (socket: Duplex) => void, options?: { allowHalfOpen?: boolean }) => Promise<any>} listen
 * @property {(server: any) => Promise<any>} serve
 * @property {(text: string) => Promise<string>} answer what a request asks for: the same in capitals
 * @property {(bytes: AsyncIterable<Uint8Array>) => Promise<string>} sink reads, after a while, and digests
 * @property {() => Readable} source a large body
 */

/**
 * What the client part of a row gets. Each makes sockets by the name of the row.
 * @typedef {object} ClientAt
 * @property {string} name
 * @property {(options?: { allowHalfOpen?: boolean }) => Duplex} connect
 * @property {() => Promise<Duplex>} connected
 * @property {(options?: import('node:http').AgentOptions) => any} agent with one socket
 * @property {() => any} connector
 * @property {<T extends Duplex>(socket: T) => T} record says that it is this stream, over one of the sockets,
 *   that half-close is to end
 */

/**
 * @typedef {object} Client
 * @property {(text: string) => Promise<string>} ask
 * @property {(bytes: Buffer) => Promise<Buffer>} [large] there and back as one value
 * @property {(source: Readable) => Promise<string>} [upload] as a stream; the server's digest
 * @property {() => Promise<Readable>} [download]
 * @property {() => Promise<string>} [ended] how it notices that the server has ended the connection; without
 *   it, it is asked something again
 * @property {() => unknown} close
 */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} library whose version is shown, as it is installed
 * @property {(at: ServerAt) => Promise<void> | void} [server]
 * @property {(at: ClientAt) => Promise<Client> | Client} [client]
 * @property {Record<string, (at: ClientAt) => Promise<void>>} [only] for a library that cannot be tried further:
 *   what is true of it, in the client's process; instead of the scenarios
 * @property {Partial<Record<Scenario, string | string[]>>} [expected] outcomes, if not the usual ones
 * @property {Partial<Record<Scenario, string>>} [without] why a scenario is not for it
 * @property {Record<string, Partial<Record<Scenario, string>>>} [over] outcomes over one transport only
 * @property {number} [sockets] how many connections it may have at once; without it, 1
 * @property {string} [needs] the least version of Node
 */

export const kMany = process.env.QUICK === '1' ? 1_000 : 10_000;

/** How many connections served all requests. @param {Side} server @param {Row} row */
async function connections(server, { sockets = 1 }) {
  const count = await server.call('opened');
  if (count === 1 && sockets === 1) return '1 connection';
  return count <= sockets ? `up to ${sockets} connections` : `${count} connections`;
}

/** Waits until nothing is produced any more, for a quarter of a second. @param {Side} side */
async function stalls(side) {
  let before = -1;
  let same = 0;
  await until(async () => {
    const now = await side.call('produced');
    same = now > 0 && now === before ? same + 1 : 0;
    before = now;
    return same >= 25;
  }, 'production never pauses');
  return before;
}

/** @param {Side} client @param {Side} server */
async function streamBothWays(client, server) {
  const uploaded = client.call('upload');
  // Awaited below, after the checks that may fail first.
  uploaded.catch(() => {});
  await until(async () => (await server.call('reached')) > 0, 'the upload never arrives');
  const sent = await stalls(client);
  await server.call('openGate');
  await uploaded;
  await client.call('openDownload');
  const made = await stalls(server);
  await client.call('readDownload');
  if (sent >= kBytes || made >= kBytes) {
    const which = [...(sent >= kBytes ? ['upload'] : []), ...(made >= kBytes ? ['download'] : [])];
    return `not held back: ${which}`;
  }
  return 'held back';
}

/** @param {Promise<unknown>} asked */
const failureOf = (asked) =>
  asked.then(
    () => 'answered',
    (error) => {
      if (error instanceof Failure) return error.outcome;
      throw error;
    },
  );

export const kScenarios =
  /** @type {const} @satisfies {Record<string, (client: Side, server: Side, row: Row) => Promise<string>>} */ ({
    request: async (/** @type {Side} */ client) => {
      const answer = await client.call('ask', 'hello');
      return answer === 'HELLO' ? 'answered' : `answered ${answer}`;
    },
    reuse: async (
      /** @type {Side} */ client,
      /** @type {Side} */ server,
      /** @type {Row} */ row,
    ) => {
      await client.call('askMany', 100, 1);
      return connections(server, row);
    },
    large: async (/** @type {Side} */ client, /** @type {Side} */ server) => {
      if (client.streams) return streamBothWays(client, server);
      await client.call('large');
      return 'both ways';
    },
    'idle end': async (/** @type {Side} */ client, /** @type {Side} */ server) => {
      await client.call('ask', 'hello');
      const opened = await server.call('opened');
      if (client.notices) {
        const noticed = client.call('ended');
        await server.call('endAll');
        return noticed;
      }
      await server.call('endAll');
      const isGone = async () =>
        (await server.call('live')) === 0 || (await server.call('opened')) > opened;
      await until(isGone, 'the ended connection stays');
      const asked = await failureOf(client.call('ask', 'hello'));
      return asked === 'answered' && (await server.call('opened')) > opened
        ? 'new connection'
        : asked;
    },
    'half-close': async (/** @type {Side} */ client, /** @type {Side} */ server) => {
      const asked = failureOf(client.call('ask', 'gate'));
      await until(async () => (await server.call('reached')) > 0, 'the request never arrives');
      await client.call('endSocket');
      await until(async () => (await server.call('ended')) > 0, 'the end never arrives');
      await server.call('openGate');
      return asked;
    },
    'server killed': async (/** @type {Side} */ client, /** @type {Side} */ server) => {
      const asked = failureOf(client.call('ask', 'never'));
      await until(async () => (await server.call('reached')) > 0, 'the request never arrives');
      await server.kill();
      return asked;
    },
    'client killed': async (/** @type {Side} */ client, /** @type {Side} */ server) => {
      const asked = failureOf(client.call('ask', 'never'));
      await until(async () => (await server.call('reached')) > 0, 'the request never arrives');
      await client.kill();
      await asked;
      const isGone = async () => (await server.call('live')) === 0;
      await until(isGone, 'the server keeps the connection', 5_000);
      return 'cleaned up';
    },
    many: async (
      /** @type {Side} */ client,
      /** @type {Side} */ server,
      /** @type {Row} */ row,
    ) => {
      await client.call('askMany', kMany, 20);
      return connections(server, row);
    },
  });

/** @typedef {keyof typeof kScenarios} Scenario */

/**
 * Outcomes that are other ones over a Unix socket, where the death of a process looks like an end.
 * @param {Partial<Record<Scenario, string>>} outcomes
 * @returns {NonNullable<Row['over']>}
 */
export const overUnix = (outcomes) => ({ unix: outcomes, wrapped: outcomes });

/** @type {Record<Scenario, string>} */
export const kUsual = {
  request: 'answered',
  reuse: '1 connection',
  large: 'held back',
  'idle end': 'new connection',
  'half-close': 'ECONNRESET',
  'server killed': 'ECONNRESET',
  'client killed': 'cleaned up',
  many: '1 connection',
};
