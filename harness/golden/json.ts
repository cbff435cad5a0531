/**
 * JSON values as golden files hold them, and the one place where anything else is refused. A file of its own because
 * documents, their packed form and their text all start from a value that is known to be plain.
 */
import { GolemError } from '../errors.ts';

export type Scalar = null | boolean | number | string;
export type Json = Scalar | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** Deeper nesting than any recording may hold (and a cycle) is refused. */
const DEEPEST = 200;

/** True for what stands on a line by itself: text, number, truth value, null. */
export function isScalar(value: Json): value is Scalar {
  return typeof value !== 'object' || value === null;
}

/** True for an object that is not an array. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for an array; the built-in check loses readonly element types. */
export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** An own member, or undefined: `constructor` and the like are never found by accident. */
export function memberOf(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** By UTF-16 code unit, in every locale alike. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Returns the value as plain JSON, built anew: -0 becomes 0, undefined members fall away as in JSON text. Throws a
 * `GolemError` of kind `internal` on what JSON cannot hold (NaN, an infinity, undefined in an array, a date, a cycle),
 * naming its path, since writing `null` there would hide it.
 */
export function toJson(value: unknown): Json {
  return convert(value, '', 0);
}

function convert(value: unknown, path: string, depth: number): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notJson(path, `${value}`);
    return value + 0;
  }
  if (typeof value !== 'object') throw notJson(path, `a value of type ${typeof value}`);
  if (depth >= DEEPEST) throw notJson(path, `nesting deeper than ${DEEPEST} levels`);
  if (Array.isArray(value)) {
    return Array.from(value, (part, i) => convert(part, `${path}/${i}`, depth + 1));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) throw notJson(path, 'an instance of a class');
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .map(([name, part]) => [name, convert(part, `${path}/${name}`, depth + 1)]),
  );
}

function notJson(path: string, what: string): GolemError {
  return new GolemError({
    kind: 'internal',
    verb: 'write as JSON',
    subject: path === '' ? '/' : path,
    reason: `${what} has no JSON form`,
  });
}

/** True when two JSON values are equal, whatever the order of their members. */
export function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (isScalar(a) || isScalar(b)) return false;
  if (isJsonArray(a) || isJsonArray(b)) {
    return (
      isJsonArray(a) && isJsonArray(b) && a.length === b.length && a.every((part, i) => sameJson(part, b[i]!))
    );
  }
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && sameJson(a[name]!, b[name]!));
}
