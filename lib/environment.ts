/**
 * What all channels of one JavaScript environment (the main thread, or a worker) share: the wake-ups
 * from the waiter's threads, what holds the event loop, and what happens at exit.
 */
import { type Addon, addon, kRetiredBit } from './addon.js';

/** Something that the waiter's threads can wake. */
export interface Wakeable {
  /** A doorbell rang, or the peer came, left or died. Look; it may be nothing. */
  wake(): void;
  /** The memory is unmapped; nothing will come any more. */
  retired(): void;
}

/** Lives as a property of the addon, so that copies of this module in one environment share it. */
interface State {
  nextId: number;
  /** Weak: a channel that nobody has a reference to and nobody waits for may be collected. */
  wakeables: Map<number, WeakRef<Wakeable>>;
  collected: FinalizationRegistry<number>;
  holds: number;
}

const kState = Symbol('smipc.environment');

function stateOf(native: Addon & { [kState]?: State }): State {
  native[kState] ??= start(native);
  return native[kState];
}

function start(native: Addon): State {
  const wakeables = new Map<number, WeakRef<Wakeable>>();
  const fallbacks = (process.env['SMIPC_FALLBACK'] ?? '').split(',');
  native.initialize(
    () => dispatch(native, wakeables),
    fallbacks.includes('roles'),
    fallbacks.includes('waits'),
  );
  // process.exit() in the main thread runs no Node-API cleanup hook, in any runtime.
  process.once('exit', () => native.prepareForExit());
  const collected = new FinalizationRegistry<number>((id) => wakeables.delete(id));
  return { nextId: 1, wakeables, collected, holds: 0 };
}

/** Filled and emptied within one call of dispatch, which never runs within itself. */
const kWakes = new Uint32Array(64);

function dispatch(native: Addon, wakeables: Map<number, WeakRef<Wakeable>>): void {
  for (;;) {
    const count = native.takeWakes(kWakes);
    if (count === 0) return;
    for (let i = 0; i < count; i++) report(kWakes[i] as number, wakeables);
  }
}

function report(wake: number, wakeables: Map<number, WeakRef<Wakeable>>): void {
  const isRetired = wake >= kRetiredBit;
  const wakeable = wakeables.get(isRetired ? wake - kRetiredBit : wake)?.deref();
  try {
    if (isRetired) wakeable?.retired();
    else wakeable?.wake();
  } catch (error) {
    // A listener of the user's threw. That must not cost the other channels their wake-ups.
    process.nextTick(() => {
      throw error;
    });
  }
}

/** The addon, ready for use in this environment. */
export function native(): Addon {
  const loaded = addon();
  stateOf(loaded);
  return loaded;
}

/** An id for wake-ups, unique in this environment. */
export function newId(): number {
  return stateOf(addon()).nextId++;
}

/** From now on wake-ups of this id reach `wakeable`, as long as somebody else holds on to it. */
export function register(id: number, wakeable: Wakeable): void {
  const { wakeables, collected } = stateOf(addon());
  wakeables.set(id, new WeakRef(wakeable));
  collected.register(wakeable, id, wakeable);
}

export function unregister(id: number, wakeable: Wakeable): void {
  const { wakeables, collected } = stateOf(addon());
  wakeables.delete(id);
  collected.unregister(wakeable);
}

/** One more, or one fewer, reason to keep the event loop alive. */
export function holdLoop(change: 1 | -1): void {
  const loaded = addon();
  const state = stateOf(loaded);
  const wasHeld = state.holds > 0;
  state.holds += change;
  const isHeld = state.holds > 0;
  if (isHeld !== wasHeld) loaded.holdLoop(isHeld);
}
