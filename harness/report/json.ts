/**
 * The report as JSON (report format 1): the same report always gives the same bytes, whatever order its objects were
 * built in. Apart from the other renderers because it is the one that machines and later commands read back.
 */
import type { Report } from './shape.ts';

/** Keys in the order a reader meets them. Keys not listed are names of data and follow in order of code units. */
const KEY_ORDER = [
  ...['id', 'kind', 'label', 'count', 'owner', 'reason', 'expires', 'covered', 'stage', 'entry'],
  ...['factor', 'direction', 'size', 'fields', 'subjects', 'look'],
  ...['golem', 'version', 'suite', 'setting', 'verdict', 'exit', 'summary', 'counts'],
  ...['records', 'users', 'user_days', 'skipped', 'bad_lines', 'suites', 'must_fail', 'dispositions'],
  ...['flags', 'seed', 'paths', 'legacy', 'v2', 'ran', 'failed', 'refused', 'warnings'],
  ...['differences', 'record', 'day', 'observations', 'max_abs', 'p50', 'p95', 'breaches'],
  ...['golden', 'matched', 'changed', 'missing', 'orphaned', 'damaged', 'pending'],
  ...['alerts', 'ruleset', 'alert', 'labels', 'state', 'pending_at', 'firing_at', 'resolved_at'],
  ...['peak', 'peak_at', 'comparison', 'threshold', 'headroom', 'receiver', 'thin', 'allowed'],
  ...['rows', 'check', 'expected', 'actual', 'of', 'passed', 'finding', 'code', 'subject', 'detail'],
  ...['remedy', 'file', 'line', 'findings', 'causes', 'reproduce'],
];
const POSITION = new Map(KEY_ORDER.map((key, index) => [key, index]));
/** The report's own lists come last, after its figures, wherever the flat order above would put them. */
const TOP_LAST = ['alerts', 'rows', 'findings', 'suites', 'causes', 'expected', 'reproduce'];

/** Renders the report, two spaces deep, ending in a newline. Throws on a number that is not finite. */
export function renderJson(report: Report): string {
  const { typed: _, ...kept } = report;
  const top = ordered(kept) as Record<string, unknown>;
  for (const key of TOP_LAST) {
    const last = top[key];
    delete top[key];
    top[key] = last;
  }
  return `${JSON.stringify(top, null, 2)}\n`;
}

function ordered(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError(`A report cannot hold ${value}: JSON has no such number`);
  }
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => compareKeys(a, b))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
}

function compareKeys(a: string, b: string): number {
  const byPosition = (POSITION.get(a) ?? KEY_ORDER.length) - (POSITION.get(b) ?? KEY_ORDER.length);
  if (byPosition !== 0 || a === b) return byPosition;
  return a < b ? -1 : 1;
}
