/**
 * The native addon: the declaration of its functions (native/node/), and the one that this
 * environment uses. Other files call it through environment.ts, which initializes it.
 */
import { invalidArgType } from '../errors/arguments.js';
import { SmipcError } from '../errors/errors.js';
import { findAddon } from '../loader/load.js';
import { pathOf } from '../loader/load-file.js';
import type { Wait } from './contract.js';

declare const kHandle: unique symbol;

/** One channel that this environment has opened. */
export interface Handle {
  readonly [kHandle]: true;
}

declare const kListener: unique symbol;
declare const kCaller: unique symbol;
declare const kSession: unique symbol;

/** A name at which this environment listens. */
export interface ListenerHandle {
  readonly [kListener]: true;
}

/** A client's call to a listener. */
export interface CallerHandle {
  readonly [kCaller]: true;
}

/** The connections between a client's environment and a server. */
export interface SessionHandle {
  readonly [kSession]: true;
}

/** A role that has been taken, with what its endpoint is made of. */
export interface TakenRole {
  readonly addon: Addon;
  readonly handle: Handle;
  /** Under which wake-ups reach this end; 0: they come by way of its connection. */
  readonly id: number;
  /** Size of the ring in bytes. */
  readonly capacity: number;
  /**
   * Called when the end has left: for one whose memory others use too, so that no wake-up says when it
   * is unmapped. It calls retired().
   */
  readonly onLeft?: (() => void) | undefined;
}

/** What endpointOpen() opens. */
export interface OpenSettings {
  readonly directory: string;
  readonly name: string;
  readonly isWriter: boolean;
  /** The place in kCreateModes. */
  readonly create: number;
  readonly capacity: number;
  /** The place in kFramings. */
  readonly framing: number;
  readonly permissions: number;
  readonly busyPollUs: number;
  readonly isResumable: boolean;
}

/** What a listener, or a session, is opened with. */
export interface ConnectionSettings {
  readonly directory: string;
  readonly name: string;
  readonly permissions: number;
  readonly busyPollUs: number;
  /** What connections carry: the place in kFramings. */
  readonly framing: number;
  /** Bytes of the rings from the client to the server, and back. A server's are not looked at. */
  readonly upCapacity: number;
  readonly downCapacity: number;
}

/**
 * The native addon. A number that a call returns is a count, or, if negative, a result code of
 * native/status.h. Calls that move bytes take a Uint8Array and a range in it. contract.ts says what
 * stands where in the arrays that calls fill.
 */
export interface Addon {
  /** Of smipc, for which it was compiled. */
  readonly version: string;
  /**
   * Calls `fn` outside every async context: what it makes sees no AsyncLocalStorage store, and
   * keeps none alive. Returns what `fn` returned.
   */
  callWithoutContext<T>(fn: () => T): T;
  /** What a copy of the JavaScript has given to initialize() in this environment; or undefined. */
  getShared(): object | undefined;
  /**
   * Called once per environment, before the functions below. Keeps `shared` for getShared().
   * `onWake` is called when takeWakes() has wake-ups.
   */
  initialize(
    shared: object,
    onWake: () => void,
    forceRoleLocks: boolean,
    forceWaitApart: boolean,
  ): void;

  /**
   * Creates the bell of this environment in a directory, and returns what the event loop can listen
   * to: on POSIX systems the descriptor of a FIFO, with the token 0 in it. Or a result code.
   */
  bellOpen(directory: string, permissions: number, mayMakeDirectory: boolean): number;
  /**
   * The event loop has heard the bell: from now on peers wake channels there. Until then, at their
   * futexes. Nothing happens if there is no bell any more.
   */
  bellTrust(directory: string): void;
  /**
   * Makes a pipe of the system, and fills in the descriptors of its reader's and its writer's end,
   * which block, and are the caller's. Returns 0, or an errno.
   */
  makePipe(ends: Int32Array): number;
  /** Whether peers would still find the bell's file. */
  bellIsThere(directory: string): boolean;
  /** Removes the bell's file; from now on peers wake open channels at their futexes. */
  bellClose(directory: string): void;

  /** Takes a role. `id`: what takeWakes() will say. A failure fills `details`. */
  endpointOpen(id: number, settings: OpenSettings, details: Float64Array): Handle | number;
  endpointStatus(handle: Handle, fields: Float64Array): number;
  endpointCounters(handle: Handle, fields: Float64Array): void;
  /** Reader: the writer has ended, and every byte has been read. */
  endpointHasEnded(handle: Handle): boolean;
  endpointPeer(handle: Handle): number;
  endpointTenures(handle: Handle, fields: Float64Array): void;
  /** Written, or read, since the channel was made. May be called after endpointLeave(), too. */
  endpointMessages(handle: Handle): number;
  /**
   * Whether an opener was turned away, for its framing and the like, since the last call; of several,
   * the last one fills `fields`.
   */
  endpointTakeRefusal(handle: Handle, fields: Float64Array): boolean;
  /** Resumable: whether this end waits for a successor of its peer (it does at first). */
  endpointAwaitNextPeer(handle: Handle, awaits: boolean): void;
  endpointEnd(handle: Handle): void;
  endpointLeave(handle: Handle): void;

  /** Takes up to `size` bytes out of the ring. 0: fewer than `min` are there. */
  endpointRead(
    handle: Handle,
    target: Uint8Array,
    from: number,
    size: number,
    min: number,
    wait: Wait,
  ): number;
  /** Reads like endpointRead(), but the bytes stay in the ring until endpointConsume(). */
  endpointPeek(
    handle: Handle,
    target: Uint8Array,
    from: number,
    size: number,
    min: number,
    wait: Wait,
  ): number;
  endpointConsume(handle: Handle, size: number): void;
  /** Notes that the next `size` bytes were delivered, although they stay in the ring. */
  endpointMarkDelivered(handle: Handle, size: number): void;
  /**
   * Puts in what fits, and returns how much that is. If it is less than `size`, Wait.Arm arms for
   * space, for `behind` bytes more than the rest.
   */
  endpointWrite(
    handle: Handle,
    source: Uint8Array,
    from: number,
    size: number,
    behind: number,
    wait: Wait,
  ): number;

  /** How many bytes can be read: at least `min`, or fewer if the writer has left; otherwise 0. */
  endpointReadable(handle: Handle, min: number, wait: Wait): number;
  /** How much space is free: at least `size`, otherwise 0. */
  endpointWritable(handle: Handle, size: number, wait: Wait): number;
  /** Milliseconds of the kernel's clock, which no test runner can replace. A system call. */
  monotonicMs(): number;
  /** Blocks the thread for at most `ms` by that clock; less than a second. */
  pause(ms: number): void;
  /** Whether JavaScript can use memory that V8 has not allocated, as endpointLend() needs. */
  canLend(): boolean;
  /**
   * The next `size` bytes to read, or to write into; the calls above have checked that they are
   * there.
   */
  endpointLend(handle: Handle, size: number): ArrayBuffer;
  /** Detaches what was lent, or any other buffer. Until then the ring is not unmapped. */
  endpointTakeBack(handle: Handle, buffer: ArrayBuffer): void;
  /** The next `size` bytes of the space have been filled. */
  endpointPublish(handle: Handle, size: number): void;

  /** 1: the reader has consumed everything. 0: a doorbell is armed. */
  endpointDrainedOrArm(handle: Handle): number;

  /** The absolute path of the directory of channels, unless the program chooses another. */
  defaultDirectory(): string;
  /** The names of all files in a directory, in no order; or a result code. */
  listNames(directory: string, permissions: number, details: Float64Array): string[] | number;
  /**
   * The layout version that a file says it has; 0: it does not begin as a channel's; or a result
   * code. For messages about what cannot be opened.
   */
  layoutVersion(directory: string, name: string): number;
  inspect(
    directory: string,
    name: string,
    permissions: number,
    fields: Float64Array,
    details: Float64Array,
  ): number;
  remove(
    directory: string,
    name: string,
    permissions: number,
    force: boolean,
    details: Float64Array,
  ): number;
  /**
   * Removes a channel that nobody holds, and that is of no more use to anyone or, if
   * `includesUnread`, of any use. Fills `fields` with what it was. Waits for the directory's lock
   * for at most `patienceMs`. Status.Busy: it is to stay.
   */
  sweep(
    directory: string,
    name: string,
    permissions: number,
    includesUnread: boolean,
    patienceMs: number,
    fields: Float64Array,
    details: Float64Array,
  ): number;
  /**
   * The memory limit for which endpointOpen() has just failed with ENOMEM: its file, or '' if it
   * was not such a limit. `figures`: the limit and what is in use, in bytes.
   */
  memoryShortage(figures: Float64Array): string;
  roleWaitStart(
    id: number,
    directory: string,
    name: string,
    permissions: number,
    details: Float64Array,
  ): number;
  /** Ends a wait for a role, or a call (callerOpen). */
  roleWaitStop(id: number): void;

  // --- servers and clients

  /** Takes a name for a server. `id`: what takeWakes() will say when clients call. */
  listenerOpen(
    id: number,
    settings: ConnectionSettings,
    details: Float64Array,
  ): ListenerHandle | number;
  /** Takes the ids of sessions that call, and returns how many; 0: none, and there will be a wake-up. */
  listenerTake(handle: ListenerHandle, ids: Float64Array): number;
  /** Tells a client that its session cannot be taken. */
  listenerRefuse(handle: ListenerHandle, session: number): void;
  listenerLeave(handle: ListenerHandle): void;

  /**
   * Finds the listener of a name. `id`: what takeWakes() will say when the server has taken calls,
   * has left or died. Until roleWaitStop(id); the handle must not be used after that.
   */
  callerOpen(
    id: number,
    directory: string,
    name: string,
    permissions: number,
    details: Float64Array,
  ): CallerHandle | number;
  /** What the server's connections carry: the place in kFramings. */
  callerFraming(handle: CallerHandle): number;
  /** False: the backlog is full, and there will be a wake-up. */
  callerCall(handle: CallerHandle, session: number): boolean;
  callerTakeBack(handle: CallerHandle, session: number): void;
  callerWasRefused(handle: CallerHandle, session: number): boolean;
  /** The server's presence. */
  callerServer(handle: CallerHandle): number;

  /** A number that nothing else has; 0: the system has no random numbers. */
  newSessionId(): number;
  /** The name of a session's file. */
  sessionName(session: number): string;
  /** Makes a session, for a client. `id`: what takeWakes() will say when something is ready in it. */
  sessionMake(
    id: number,
    settings: ConnectionSettings,
    details: Float64Array,
  ): SessionHandle | number;
  /** Takes one, for a server. */
  sessionTake(
    id: number,
    settings: ConnectionSettings,
    details: Float64Array,
  ): SessionHandle | number;
  /** Client: takes a slot for a connection. -1: there is no free one; below: a result code. */
  sessionConnect(handle: SessionHandle, framing: number, details: Float64Array): number;
  /** Client: the server will never take this session. */
  sessionGiveUp(handle: SessionHandle, died: boolean): void;
  /** Server: what has come in a slot, as Arrival in contract.ts says. */
  sessionAccept(handle: SessionHandle, slot: number, framing: number): number;
  /** Server: ends a connection that was accepted, and has no ends in JavaScript. */
  sessionDrop(handle: SessionHandle, slot: number): void;
  /** Server: whether new connections are taken. */
  sessionSetAccepts(handle: SessionHandle, accepts: boolean): void;
  /** One of the two ends in a slot. */
  sessionEnd(handle: SessionHandle, slot: number, isWriter: boolean): Handle;
  /**
   * Stores the slots in which something has happened, up to kMostConnections, with kChangedBit if the
   * peer has changed its state; returns how many.
   */
  sessionTakeReady(handle: SessionHandle, slots: Uint32Array): number;
  /**
   * A Rested: whether nothing is ready, so that there will be a wake-up.
   * @param polls whether to poll for a while before, if that pays
   */
  sessionRest(handle: SessionHandle, polls: boolean): number;
  /** The presence of the session's peer. */
  sessionPeer(handle: SessionHandle): number;
  sessionLeave(handle: SessionHandle): void;

  /**
   * Stores the ids of channels and role waits that were woken, and, with kRetiredBit, of channels
   * that are unmapped now. Returns the number of ids; 0: there are no more.
   */
  takeWakes(ids: Uint32Array): number;
  /** Whether the wake-ups that may come keep the event loop alive. */
  holdLoop(isHeld: boolean): void;
  prepareForExit(): void;

  /**
   * What the system allows this process: open files, bytes of address space, bytes of a file,
   * threads of the user. Infinity: no limit.
   */
  limits(fields: Float64Array): void;

  /**
   * What contract.ts says, as the native code was compiled with it. For the test that compares the
   * two.
   */
  contract(): object;
}

let chosen: string | object | undefined;
let loaded: Addon | undefined;

/**
 * Says where the native addon is, where smipc does not find it by itself; in some bundles, for one.
 * To be called before any other function of smipc, in each worker thread, too. The environment
 * variable `SMIPC_ADDON` names a file for all threads of a process; this call is stronger.
 *
 * @param addon path or `file:` URL of the file, or what `require()` of it has returned
 * @throws TypeError `ERR_INVALID_ARG_TYPE` if it is none of these; whether it can be loaded shows
 *   later, at the first call
 * @throws SmipcError `ERR_INVALID_STATE` if this thread uses an addon already
 */
export function useAddon(addon: string | URL | object): void {
  const isPlace = (typeof addon === 'string' && addon !== '') || addon instanceof URL;
  if (!isPlace && (typeof addon !== 'object' || addon === null)) {
    throw invalidArgType('addon', 'a path, the URL of a file, or a loaded addon', addon);
  }
  const choice = isPlace ? pathOf(addon) : addon;
  if (loaded !== undefined && choice !== chosen && choice !== loaded) {
    const text = 'an addon is in use already; call useAddon() before any other function of smipc';
    throw new SmipcError('ERR_INVALID_STATE', text, { syscall: 'open' });
  }
  chosen = choice;
}

/** Loads the addon on first use, so that importing smipc never fails. */
export function loadAddon(): Addon {
  loaded ??= findAddon(chosen) as Addon;
  return loaded;
}
