// What a process notes of its connections, in a file, so that it is known when the process is dead:
// each line is written by one system call, and stays.
import { existsSync, openSync, readFileSync, writeSync } from 'node:fs';

export class Journal {
  #fd;

  /** @param {string} path */
  constructor(path) {
    this.#fd = openSync(path, 'a', 0o600);
  }

  /** @param {number} id of the connection @param {string} what @param {...unknown} values */
  note(id, what, ...values) {
    writeSync(this.#fd, `${[id, what, ...values].join(' ')}\n`);
  }
}

/**
 * One side of a connection, by its notes. Amounts are bytes, or messages.
 *
 * @typedef {object} Account
 * @property {number} intended what it was about to have written
 * @property {number} published what it had surely published
 * @property {number} received
 * @property {string | undefined} act how it left: `end`, `destroy`, `error`, `reset`
 * @property {number} queued what it had not published then
 * @property {boolean} hasSeenEnd
 * @property {boolean} wasPaused when it failed
 * @property {{ code: string, peer: string, syscall: string } | undefined} error
 * @property {number} closes
 * @property {boolean} hadError as `'close'` said
 * @property {boolean} isConnected
 * @property {string[]} wrong
 */

/** @returns {Account} */
function emptyAccount() {
  return {
    intended: 0,
    published: 0,
    received: 0,
    act: undefined,
    queued: 0,
    hasSeenEnd: false,
    wasPaused: false,
    error: undefined,
    closes: 0,
    hadError: false,
    isConnected: false,
    wrong: [],
  };
}

/** @type {Record<string, (account: Account, values: string[]) => void>} */
const kNotes = {
  intends: (account, [amount]) => {
    account.intended = Number(amount);
  },
  published: (account, [amount]) => {
    account.published = Number(amount);
  },
  acts: (account, [act, queued]) => {
    account.act ??= act;
    account.queued = Number(queued);
  },
  connected: (account) => {
    account.isConnected = true;
  },
  end: (account, [received]) => {
    account.hasSeenEnd = true;
    account.received = Number(received);
  },
  failed: (account, [code = '', peer = '', syscall = '', wasPaused]) => {
    if (account.error !== undefined) account.wrong.push('a second error');
    account.error = { code, peer, syscall };
    account.wasPaused = wasPaused === 'true';
  },
  closed: (account, [received, hadError]) => {
    account.closes++;
    account.received = Number(received);
    account.hadError = hadError === 'true';
  },
  wrong: (account, words) => {
    account.wrong.push(words.join(' '));
  },
};

/** @param {string} path @returns {Map<number, Account>} by connection */
export function readJournal(path) {
  const accounts = new Map();
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  for (const line of lines) {
    if (line === '') continue;
    const [id, what = '', ...values] = line.split(' ');
    const account = accounts.get(Number(id)) ?? emptyAccount();
    accounts.set(Number(id), account);
    // What follows a close is a mistake of the socket.
    if (account.closes > 0 && what !== 'published' && what !== 'wrong') {
      account.wrong.push(`after its close: ${line}`);
    }
    kNotes[what]?.(account, values);
  }
  return accounts;
}
