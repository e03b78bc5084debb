/**
 * What objects of the language hold: their real contents, even if they claim to be something else
 * or come from another realm.
 */
import { types } from 'node:util';
import { Date } from '../host/host.js';

/** A property with a value. */
export interface Property {
  value?: unknown;
}

const { getTime } = Date.prototype;
const { forEach: forEachEntry } = Map.prototype;
const { forEach: forEachMember } = Set.prototype;
const getSource = getterOf(RegExp.prototype, 'source') as () => string;
const getFlags = getterOf(RegExp.prototype, 'flags') as () => string;
const getResizable = getterOf(ArrayBuffer.prototype, 'resizable') as () => boolean;
const getMaxByteLength = getterOf(ArrayBuffer.prototype, 'maxByteLength') as () => number;

function getterOf(prototype: object, name: string): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as () => unknown;
}

export function timeOf(date: Date): number {
  return getTime.call(date);
}

export function sourceOf(expression: RegExp): string {
  return getSource.call(expression);
}

export function flagsOf(expression: RegExp): string {
  return getFlags.call(expression);
}

/** Keys and values in turn. A copy, since a getter that is called later may change the map. */
export function entriesOf(map: Map<unknown, unknown>): unknown[] {
  const entries: unknown[] = [];
  forEachEntry.call(map, (member, key) => entries.push(key, member));
  return entries;
}

/** A copy, as with entriesOf(). */
export function membersOf(set: Set<unknown>): unknown[] {
  const members: unknown[] = [];
  forEachMember.call(set, (member) => members.push(member));
  return members;
}

/** Of an ArrayBuffer that can be resized; undefined: it cannot. */
export function maxByteLengthOf(memory: ArrayBuffer): number | undefined {
  return getResizable?.call(memory) ? getMaxByteLength.call(memory) : undefined;
}

/** The primitive value in an object such as `Object(1)`. Not for symbols. */
export function primitiveIn(value: object): unknown {
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value);
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value);
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  return BigInt.prototype.valueOf.call(value);
}

/** An own property that is not a getter. */
export function ownData(object: object, name: string): Property | undefined {
  const property = Object.getOwnPropertyDescriptor(object, name);
  return property !== undefined && 'value' in property ? property : undefined;
}
