// What must have held in a round, by the accounts of both sides of each connection.
import { serverAllowsHalfOpen } from './plan.js';

/** @typedef {import('./plan.js').SocketPlan} SocketPlan */
/** @typedef {import('./plan.js').Blow} Blow */
/** @typedef {import('./journal.js').Account} Account */

/**
 * @typedef {object} Side
 * @property {Account} account
 * @property {Blow | undefined} fate what its process has died of
 * @property {boolean} allowHalfOpen
 */

/**
 * @typedef {object} Scene
 * @property {SocketPlan} plan
 * @property {Set<Blow>} serverBlows what happened to the servers
 */

/** @param {Side} side Does it leave so that its peer gets an end? */
function endsCleanly({ account, allowHalfOpen }) {
  if (account.act === 'end') return true;
  if (account.act === 'destroy' && account.queued === 0) return true;
  // Then Node has ended it, whatever it did afterwards.
  return account.hasSeenEnd && !allowHalfOpen;
}

/** How a peer sees it go otherwise. @param {Side} side @returns {string[]} */
function departures({ account, fate }) {
  const peers = [];
  if (fate === 'SIGKILL') peers.push('died');
  else if (fate !== undefined) peers.push('aborted');
  // It may have left before.
  const isBroken = account.act !== undefined && account.act !== 'end';
  if (isBroken || account.error !== undefined) peers.push('aborted');
  // Of a process that was killed, what it was told last may not have been noted.
  return peers;
}

/** @param {Side} side */
function checkSide({ account, fate }) {
  const { closes, error, hadError, hasSeenEnd, act, wrong } = account;
  const found = [...wrong];
  if (fate === undefined && closes !== 1) found.push(`closed ${closes} times`);
  if (closes === 0) return found;
  if (hadError !== (error !== undefined)) found.push(`'close' says ${hadError} of an error`);
  if (!hasSeenEnd && error === undefined && act !== 'destroy' && act !== 'reset') {
    found.push('closed without an end or an error');
  }
  return found;
}

/** What one side must have got of the other. @param {Side} writer @param {Side} reader @param {Scene} scene */
function checkWay(writer, reader, scene) {
  const { account: written } = writer;
  const { account: read } = reader;
  const found = [];
  if (read.received > written.intended) {
    found.push(`${read.received} came, only ${written.intended} were written`);
  }
  if (read.hasSeenEnd) {
    if (!endsCleanly(writer)) found.push('an end that was none');
    if (read.received !== written.intended) {
      found.push(`an end after ${read.received}, ${written.intended} were written`);
    }
  }
  const leftAlone = read.act === undefined || read.act === 'end';
  const waited = read.closes > 0 && leftAlone && !read.wasPaused;
  if (waited && read.received < written.published) {
    found.push(`${read.received} came, ${written.published} were published`);
  }
  if (read.error !== undefined && !isRightError(writer, reader, scene)) {
    found.push(`failed with ${Object.values(read.error).join(' ')}`);
  }
  return found;
}

/** @param {Side} writer @param {Side} reader @param {Scene} scene */
function isRightError(writer, reader, { serverBlows }) {
  const { code, peer, syscall } = /** @type {NonNullable<Account['error']>} */ (
    reader.account.error
  );
  if (code === 'PLANNED') return reader.account.act === 'error';
  if (syscall === 'connect') {
    const isWaiting = code === 'ETIMEDOUT';
    return serverBlows.size > 0 && (isWaiting || code === 'ENOENT' || code === 'ECONNREFUSED');
  }
  // Who wrote to a peer that had ended, and then left.
  if (code === 'EPIPE') return endsCleanly(writer);
  return code === 'ECONNRESET' && departures(writer).includes(peer);
}

/**
 * A client's connection of which no server knows: what it wrote was not taken by anybody.
 *
 * @param {Side} client @param {Scene} scene
 */
function checkUnknown({ account }, { serverBlows }) {
  const { error, act, hasSeenEnd } = account;
  if (serverBlows.size === 0) {
    // Without a process that went, only somebody who never wrote is unknown.
    return account.published > 0 ? ['published, and never came'] : [];
  }
  if (account.received > 0) return ['something came from nobody'];
  // What comes to a server that has just closed is taken, and ended.
  const mayBeDropped = serverBlows.has('close') || serverBlows.has('relisten');
  if (hasSeenEnd && !mayBeDropped) return ['an end of nobody'];
  const isRight = error === undefined || isErrorOfNobody(error, serverBlows, mayBeDropped);
  return isRight ? [] : [`failed with ${Object.values(error).join(' ')}, acted ${act}`];
}

/**
 * @param {NonNullable<Account['error']>} error @param {Set<Blow>} serverBlows
 * @param {boolean} mayBeDropped
 */
function isErrorOfNobody({ code, peer, syscall }, serverBlows, mayBeDropped) {
  if (code === 'PLANNED') return true;
  if (syscall === 'connect') return ['ENOENT', 'ECONNREFUSED', 'ETIMEDOUT'].includes(code);
  if (code === 'EPIPE') return mayBeDropped;
  /** @type {string[]} */
  const peers = [...serverBlows].map((blow) => (blow === 'SIGKILL' ? 'died' : 'aborted'));
  return code === 'ECONNRESET' && peers.includes(peer);
}

/**
 * @param {number} id @param {Side} client @param {Side | undefined} server @param {Scene} scene
 * @returns {string[]} what is wrong
 */
export function judge(id, client, server, scene) {
  const found = checkSide(client).map((what) => `client: ${what}`);
  if (server === undefined) {
    found.push(...checkUnknown(client, scene).map((what) => `unknown to a server: ${what}`));
  } else {
    found.push(...checkSide(server).map((what) => `server: ${what}`));
    found.push(...checkWay(client, server, scene).map((what) => `up: ${what}`));
    found.push(...checkWay(server, client, scene).map((what) => `down: ${what}`));
  }
  if (found.length === 0) return [];
  const accounts = JSON.stringify({
    client: client.account,
    fate: client.fate,
    server: server?.account,
    serverFate: server?.fate,
    serverAllowsHalfOpen: serverAllowsHalfOpen(scene.plan),
  });
  return [`connection ${id}: ${found.join('; ')}\n    ${accounts}`];
}
