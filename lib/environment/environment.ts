/**
 * What all channels of one JavaScript environment (the main thread, or a worker) share: the
 * wake-ups from the waiter threads, what holds the event loop, and what happens at exit.
 */
import { AsyncResource } from 'node:async_hooks';
import process from 'node:process';
import { throwLater } from '../host/host.js';
import { type Addon, loadAddon } from './addon.js';
import { type Bell, type BellPlace, Bells, type BellTable, newBellTable } from './bells.js';
import { kRetiredBit } from './contract.js';

/** Something that the waiter threads can wake. */
export interface Wakeable {
  /** The peer woke it, came, left or died: check. Nothing need have changed. */
  wake(): void;
  /** The memory is unmapped; no wake-up will come any more. */
  retired(): void;
}

/**
 * What an environment has once. The addon keeps it, because this module may be evaluated more than
 * once in an environment: reset module registries, hot reload, two bundles. Each copy calls its own
 * functions on it; only what Node calls (wake-ups, the exit) is of the copy that came first.
 */
interface Shared {
  lastId: number;
  /** The highest id that was ever given. */
  highestId: number;
  /**
   * By their ids. What is registered is not collected: a channel stays open until it is closed,
   * whether or not the program still holds it.
   */
  registrations: Map<number, Registration>;
  bells: BellTable;
  holds: number;
  canLend: boolean;
  /** An empty async context, for what serves all channels: it must not keep a store alive. */
  outside: AsyncResource;
}

interface Registration {
  wakeable: Wakeable;
  /** The bell at which peers wake it, acquired for it; undefined: they wake it at its futex. */
  bell: Bell | undefined;
}

/** What this copy of the module uses to reach what all copies share. */
interface Access {
  addon: Addon;
  shared: Shared;
  bells: Bells;
}

let access: Access | undefined;

function environment(): Access {
  access ??= join(loadAddon());
  return access;
}

function join(loaded: Addon): Access {
  const found = loaded.getShared() as Shared | undefined;
  const shared = found ?? loaded.callWithoutContext(() => start(loaded));
  const bells = new Bells(loaded, shared.bells, shared.outside, (tokens) =>
    wakeByTokens(shared, tokens),
  );
  return { addon: loaded, shared, bells };
}

/** Must be called outside every async context: what it makes belongs to no channel. */
function start(loaded: Addon): Shared {
  const fallbacks = (process.env.SMIPC_FALLBACK ?? '').split(',');
  const shared: Shared = {
    lastId: 0,
    highestId: 0,
    registrations: new Map(),
    bells: newBellTable(!fallbacks.includes('bells')),
    holds: 0,
    canLend: !fallbacks.includes('views') && loaded.canLend(),
    outside: new AsyncResource('SMIPC_ENVIRONMENT'),
  };
  loaded.initialize(
    shared,
    () => takeWakes(loaded, shared),
    fallbacks.includes('roles'),
    fallbacks.includes('waits'),
  );
  // process.exit() in the main thread runs no Node-API cleanup hook, in any runtime.
  process.once('exit', () => loaded.prepareForExit());
  return shared;
}

// --- wake-ups -----------------------------------------------------------------------------------

/** Filled and emptied within one call of takeWakes, which never runs recursively. */
const kWakes = new Uint32Array(64);

/** Delivers the wake-ups that the waiter threads have left. */
function takeWakes(loaded: Addon, shared: Shared): void {
  for (;;) {
    const count = loaded.takeWakes(kWakes);
    if (count === 0) return;
    for (let i = 0; i < count; i++) {
      const wake = kWakes[i] as number;
      const isRetired = wake >= kRetiredBit;
      const id = isRetired ? wake - kRetiredBit : wake;
      deliver(shared.registrations.get(id), isRetired);
    }
  }
}

/** Delivers the wake-ups that peers have written into a bell. */
function wakeByTokens(shared: Shared, tokens: Uint32Array | null): void {
  // 0: the first token of a bell.
  const isSound = tokens?.every((token) => token <= shared.highestId) ?? false;
  if (!isSound) {
    // A process writes there that should not, and may have damaged tokens of others: wake all.
    for (const registration of [...shared.registrations.values()]) deliver(registration, false);
    return;
  }
  for (const token of tokens ?? []) deliver(shared.registrations.get(token), false);
}

function deliver(registration: Registration | undefined, isRetired: boolean): void {
  if (registration === undefined) return;
  try {
    if (isRetired) registration.wakeable.retired();
    else registration.wakeable.wake();
  } catch (error) {
    // The other channels must get their wake-ups all the same.
    throwLater(error);
  }
}

/** The addon, ready for use in this environment. */
export function readyAddon(): Addon {
  return environment().addon;
}

/** The kernel's clock in milliseconds, for time limits that must hold even with fake clocks. */
export function monotonicMs(): number {
  return loadAddon().monotonicMs();
}

/**
 * Blocks the thread for at most `ms`, by the kernel's clock. (Atomics.wait() uses a clock that may
 * be stopped.)
 */
export function pause(ms: number): void {
  loadAddon().pause(ms);
}

/** Whether JavaScript can be given views of the ring itself; not in Electron, for one. */
export function canLend(): boolean {
  return environment().shared.canLend;
}

/** An id for wake-ups that nothing else in this environment has. */
export function newId(): number {
  const { shared } = environment();
  do {
    // Ids have 31 bits, and start again from 1.
    shared.lastId = (shared.lastId + 1) % kRetiredBit || 1;
  } while (shared.registrations.has(shared.lastId));
  shared.highestId = Math.max(shared.highestId, shared.lastId);
  return shared.lastId;
}

/**
 * From now on wake-ups of this id reach `wakeable`, until it is unregistered.
 * @param bell from acquireBell(): released when that happens
 */
export function register(id: number, wakeable: Wakeable, bell?: Bell): void {
  environment().shared.registrations.set(id, { wakeable, bell });
}

export function unregister(id: number): void {
  const { shared, bells } = environment();
  const bell = shared.registrations.get(id)?.bell;
  shared.registrations.delete(id);
  if (bell !== undefined) bells.release(bell, true);
}

// --- bells --------------------------------------------------------------------------------------

/**
 * The bell in a channel's directory, before the channel is opened: see Bells.acquire. To be given
 * to register(), or to releaseBell().
 */
export function acquireBell(place: BellPlace): Bell | undefined {
  return environment().bells.acquire(place);
}

/** Releases an acquired bell, for a channel that was not opened after all. */
export function releaseBell(bell: Bell): void {
  environment().bells.release(bell, false);
}

// --- life ---------------------------------------------------------------------------------------

/** Adds (1) or removes (-1) a reason to keep the event loop alive. */
export function holdLoop(change: 1 | -1): void {
  const { addon: loaded, shared } = environment();
  const wasHeld = shared.holds > 0;
  shared.holds += change;
  const isHeld = shared.holds > 0;
  if (isHeld !== wasHeld) loaded.holdLoop(isHeld);
}
