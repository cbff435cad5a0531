/**
 * Compares two JSON values part by part and names each difference by kind and path. It knows nothing of what the
 * values mean, which is why golden files and answers can share it and why it is a file of its own.
 */

/**
 * What a difference is, from the expected value's point of view. `missing`: expected has it, actual has not; `extra`:
 * the reverse; `type`: another JSON type; `value`: another scalar; `order`: the same elements by id, in another order
 * (the values are the id sequences); `length`: arrays without ids of unequal length (the values are the lengths).
 */
export type StructuralKind = 'missing' | 'extra' | 'type' | 'value' | 'order' | 'length';

/** One difference; `expected` or `actual` is undefined where that side has nothing. */
export interface StructuralDifference {
  readonly kind: StructuralKind;
  /** As a JSON pointer, with `[id=…]` for an element found by its id; empty for the whole value. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Differences that one comparison reports when the caller names no other bound. */
export const DIFFERENCE_BOUND = 1000;

/**
 * Compares two JSON values and returns their differences in a stated order, at most `bound` of them. Object members
 * that are undefined count as absent, as in JSON text; -0 equals 0. Arrays whose elements all have an `id` of their
 * own are matched by it, others by index. Exchanging the arguments exchanges `missing` with `extra` and the two
 * values of each difference, and nothing else: both directions walk in the same order.
 */
export function structuralDiff(
  expected: unknown,
  actual: unknown,
  bound: number = DIFFERENCE_BOUND,
): readonly StructuralDifference[] {
  const found: StructuralDifference[] = [];
  compareValues('', expected, actual, (difference) => {
    if (found.length < bound) found.push(difference);
    return found.length < bound;
  });
  return found;
}

/** Takes a difference and says whether more are wanted. */
type Report = (difference: StructuralDifference) => boolean;

/** Returns false once no more differences are wanted. */
function compareValues(path: string, expected: unknown, actual: unknown, report: Report): boolean {
  if (Object.is(expected, actual)) return true;
  const expectedType = typeOf(expected);
  if (expectedType !== typeOf(actual)) return report({ kind: 'type', path, expected, actual });
  if (Array.isArray(expected) && Array.isArray(actual)) return compareArrays(path, expected, actual, report);
  if (isObject(expected) && isObject(actual)) return compareObjects(path, expected, actual, report);
  if (expected === actual) return true;
  return report({ kind: 'value', path, expected, actual });
}

function compareObjects(path: string, expected: Members, actual: Members, report: Report): boolean {
  const names = new Set([...memberNames(expected), ...memberNames(actual)]);
  for (const name of [...names].sort()) {
    if (
      !compareMembers(`${path}/${escapeStep(name)}`, member(expected, name), member(actual, name), report)
    ) {
      return false;
    }
  }
  return true;
}

/** As `compareValues`, where undefined on either side means that the side has no such member. */
function compareMembers(path: string, expected: unknown, actual: unknown, report: Report): boolean {
  if (expected === undefined) return report({ kind: 'extra', path, expected, actual });
  if (actual === undefined) return report({ kind: 'missing', path, expected, actual });
  return compareValues(path, expected, actual, report);
}

function compareArrays(
  path: string,
  expected: readonly unknown[],
  actual: readonly unknown[],
  report: Report,
): boolean {
  const expectedById = elementsById(expected);
  const actualById = elementsById(actual);
  if (expectedById !== null && actualById !== null)
    return compareById(path, expectedById, actualById, report);
  if (expected.length !== actual.length) {
    const lengths = { expected: expected.length, actual: actual.length };
    if (!report({ kind: 'length', path, ...lengths })) return false;
  }
  for (let i = 0; i < Math.min(expected.length, actual.length); i++) {
    if (!compareValues(`${path}/${i}`, expected[i], actual[i], report)) return false;
  }
  return true;
}

function compareById(path: string, expected: ById, actual: ById, report: Report): boolean {
  const expectedOrder = [...expected.keys()].filter((id) => actual.has(id));
  const actualOrder = [...actual.keys()].filter((id) => expected.has(id));
  if (expectedOrder.some((id, i) => id !== actualOrder[i])) {
    if (!report({ kind: 'order', path, expected: expectedOrder, actual: actualOrder })) return false;
  }
  for (const id of [...new Set([...expected.keys(), ...actual.keys()])].sort()) {
    const step = `${path}/[id=${escapeStep(id)}]`;
    if (!compareMembers(step, expected.get(id), actual.get(id), report)) return false;
  }
  return true;
}

type Members = Readonly<Record<string, unknown>>;
type ById = ReadonlyMap<string, Members>;

/** The elements by their ids as JSON text (so 1 and "1" stay apart); null when an element has none of its own. */
function elementsById(elements: readonly unknown[]): ById | null {
  const byId = new Map<string, Members>();
  for (const element of elements) {
    if (!isObject(element)) return null;
    const id = member(element, 'id');
    if (typeof id !== 'string' && typeof id !== 'number') return null;
    const key = typeof id === 'string' && !looksLikeNumber(id) ? id : JSON.stringify(id);
    if (byId.has(key)) return null;
    byId.set(key, element);
  }
  return byId;
}

/** Text that could be taken for a number's or a quoted string's key keeps its quotes. */
function looksLikeNumber(id: string): boolean {
  return /^["\d-]/.test(id);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own member, so that a name such as `constructor` finds nothing inherited. */
function member(object: Members, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function memberNames(object: Members): string[] {
  return Object.keys(object).filter((name) => object[name] !== undefined);
}

/** RFC 6901, section 3: `~` and `/` inside a step are written `~0` and `~1`. */
function escapeStep(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}
