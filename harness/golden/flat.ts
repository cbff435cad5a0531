/**
 * A nested JSON value as lines of path and leaf, and back. Every line of a golden file then names its whole path, so a
 * changed line in a review needs no scrolling, and no line is spent on brackets. A file of its own because the two
 * directions must stay each other's inverse.
 */
import { leafText } from './canonical.ts';
import { isJsonArray, isJsonObject, isScalar, type Json, type JsonObject } from './json.ts';

/** Leaves by path: `answer/items[1]` is the second element of member `items` of member `answer`. */
export type FlatLines = Map<string, Json>;

/**
 * Adds the lines of a value at `path`. Of an object too large for a line, the members that are numbers, truth values
 * or null share one line at the object's own path where they fit, since they are short; texts and larger members get
 * lines of their own. A text that begins with `=` gets another, because a line that begins with a single one is
 * golem's: `replace` may give such a text in place of a larger member, to refer to an equal one.
 */
export function flatten(
  lines: FlatLines,
  path: string,
  value: Json,
  replace: (path: string, value: Json) => string | null = () => null,
): void {
  if (leafText(value) !== null) {
    lines.set(path, typeof value === 'string' && value.startsWith('=') ? `=${value}` : value);
    return;
  }
  const replacement = replace(path, value);
  if (replacement !== null) {
    lines.set(path, replacement);
    return;
  }
  if (isJsonArray(value)) {
    const digits = `${value.length - 1}`.length;
    value.forEach((element, i) => {
      flatten(lines, `${path}[${`${i}`.padStart(digits, '0')}]`, element, replace);
    });
    return;
  }
  if (!isJsonObject(value)) return;
  const members = Object.entries(value);
  const short = members.filter(([, part]) => isScalar(part) && typeof part !== 'string');
  const together = Object.fromEntries(short);
  const isTogether = short.length > 1 && leafText(together) !== null;
  if (isTogether) lines.set(path, together);
  for (const [name, part] of members) {
    if (isTogether && isScalar(part) && typeof part !== 'string') continue;
    flatten(lines, `${path}/${escapeStep(name)}`, part, replace);
  }
}

/** One step of a path: `~`, `/` and `[` are `~0`, `~1` and `~2`; a member named `=` is `~3`, since `=` is golem's. */
export function escapeStep(name: string): string {
  if (name === '=') return '~3';
  return name.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('[', '~2');
}

/** The inverse of `escapeStep`. */
export function unescapeStep(step: string): string {
  if (!step.includes('~')) return step;
  if (step === '~3') return '=';
  return step.replaceAll('~2', '[').replaceAll('~1', '/').replaceAll('~0', '~');
}

/** A value under construction. */
type Growing = Scaffold | Growing[] | Json;
type Scaffold = Map<string, Growing>;

/** Builds the object whose lines these are, which may be larger than leaves; throws a plain `Error` where lines contradict each other. */
export function unflatten(lines: Iterable<readonly [string, Json]>): JsonObject {
  const root: Scaffold = new Map();
  for (const [path, leaf] of lines) grow(root, stepsOf(path), leaf, path);
  return finish(root) as JsonObject;
}

/** The steps of a path: names of members, and numbers for elements. */
export function stepsOf(path: string): (string | number)[] {
  return path.split('/').flatMap((step) => {
    const bracket = step.indexOf('[');
    if (bracket < 0) return [unescapeStep(step)];
    const indexes = [...step.slice(bracket).matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1]));
    return [unescapeStep(step.slice(0, bracket)), ...indexes];
  });
}

function grow(root: Scaffold, steps: readonly (string | number)[], leaf: Json, path: string): void {
  let parent: Growing = root;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    const existing = childOf(parent, step);
    let child: Growing;
    if (i === steps.length - 1) child = merge(existing, leaf, path);
    else child = existing ?? (typeof steps[i + 1] === 'number' ? [] : new Map());
    if (parent instanceof Map && typeof step === 'string') parent.set(step, child);
    else if (Array.isArray(parent) && typeof step === 'number' && step <= parent.length) parent[step] = child;
    else throw new Error(`the line "${path}" contradicts another`);
    parent = child;
  }
}

function childOf(parent: Growing, step: string | number): Growing | undefined {
  if (parent instanceof Map) return parent.get(`${step}`);
  return Array.isArray(parent) ? parent[Number(step)] : undefined;
}

function merge(existing: Growing | undefined, leaf: Json, path: string): Growing {
  if (isJsonObject(leaf) && (existing === undefined || existing instanceof Map)) {
    return new Map([...(existing ?? []), ...Object.entries(leaf)]);
  }
  if (existing !== undefined) throw new Error(`the line "${path}" contradicts another`);
  if (typeof leaf === 'string' && leaf.startsWith('==')) return leaf.slice(1);
  return isJsonArray(leaf) ? [...leaf] : leaf;
}

function finish(value: Growing): Json {
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([name, part]) => [name, finish(part)]));
  }
  return Array.isArray(value) ? value.map(finish) : (value as Json);
}
