/**
 * Holds the nesting of a record's values under a bound. Its own file because whatever writes a record must refuse
 * what the reader would.
 */

/** True when nothing in `value` nests deeper than `levels`; recursion is bounded by the levels. */
export function isShallow(value: object, levels: number): boolean {
  if (levels === 0) {
    return false;
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const element: unknown = value[index];
      if (typeof element === 'object' && element !== null && !isShallow(element, levels - 1)) {
        return false;
      }
    }
    return true;
  }
  // Parsed JSON has no inherited keys, so that this sees each key once, `__proto__` as an ordinary one.
  for (const key in value) {
    const child = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof child === 'object' && child !== null && !isShallow(child, levels - 1)) {
      return false;
    }
  }
  return true;
}
