/**
 * A bounded memory for answers that depend on a short text alone. Dish names and units repeat from record to record,
 * so a replay pays for folding and matching once per spelling; one file, because three tables need the same bound.
 */

const KEPT = 4096;
/** Longer texts are messages rather than names; keeping them would trade memory for nothing. */
const LONGEST_KEPT = 256;
const NOTHING = Symbol('undefined');

/**
 * Wraps a pure function of a text: same answers, worked out once per spelling while it is remembered. At most 4,096
 * answers are kept; then all are forgotten, which costs less than choosing which.
 */
export function remembered<V>(work: (raw: string) => V): (raw: string) => V {
  const known = new Map<string, V | typeof NOTHING>();
  return (raw) => {
    const hit = known.get(raw);
    if (hit !== undefined) return hit === NOTHING ? (undefined as V) : hit;
    const answer = work(raw);
    if (raw.length <= LONGEST_KEPT) {
      if (known.size >= KEPT) known.clear();
      known.set(raw, answer === undefined ? NOTHING : answer);
    }
    return answer;
  };
}
