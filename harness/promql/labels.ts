/**
 * Label sets as values: sorted, immutable, with one canonical key each. Evaluation caches everything it derives
 * from a label set by the object's identity, so making one is the only place that sorts and joins strings.
 */

/** The label that holds a series' metric name. */
export const METRIC_NAME = '__name__';

/** An immutable label set: `names` ascending, `values` parallel, no empty value; `key` is equal exactly for equal sets. */
export interface Labels {
  readonly names: readonly string[];
  readonly values: readonly string[];
  readonly key: string;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function fromSorted(names: readonly string[], values: readonly string[]): Labels {
  return { names, values, key: JSON.stringify([names, values]) };
}

/** The empty label set, which scalars and `sum(x)` carry. */
export const NO_LABELS: Labels = fromSorted([], []);

/** Builds a label set from pairs; a later pair overrides an earlier one and an empty value removes the label. */
export function labelsFromPairs(pairs: Iterable<readonly [string, string]>): Labels {
  const map = new Map(pairs);
  const sorted = [...map].filter(([, value]) => value !== '').sort((a, b) => compareText(a[0], b[0]));
  if (sorted.length === 0) return NO_LABELS;
  return fromSorted(
    sorted.map(([name]) => name),
    sorted.map(([, value]) => value),
  );
}

/** Builds a label set from a plain object. */
export function labelsOf(record: Readonly<Record<string, string>>): Labels {
  return labelsFromPairs(Object.entries(record));
}

/** The set's name–value pairs in ascending order of name. */
export function labelPairs(labels: Labels): [string, string][] {
  return labels.names.map((name, index) => [name, labels.values[index]!]);
}

/** The set as a plain object with its keys in ascending order. */
export function labelRecord(labels: Labels): Record<string, string> {
  return Object.fromEntries(labelPairs(labels));
}

/** A label's value; a label that is missing reads as the empty string, as in PromQL. */
export function labelValue(labels: Labels, name: string): string {
  const index = labels.names.indexOf(name);
  return index < 0 ? '' : labels.values[index]!;
}

/** The set with the given labels set; an empty value removes the label. */
export function withLabels(labels: Labels, changes: Iterable<readonly [string, string]>): Labels {
  return labelsFromPairs([...labelPairs(labels), ...changes]);
}

/** The set without the labels named. */
export function dropLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  if (!labels.names.some((name) => names.has(name))) return labels;
  return labelsFromPairs(labelPairs(labels).filter(([name]) => !names.has(name)));
}

/** The set with only the labels named. */
export function keepLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  if (labels.names.every((name) => names.has(name))) return labels;
  return labelsFromPairs(labelPairs(labels).filter(([name]) => names.has(name)));
}

const METRIC_NAME_ONLY: ReadonlySet<string> = new Set([METRIC_NAME]);

/** The set without its metric name, as most functions return it. */
export function dropName(labels: Labels): Labels {
  return dropLabels(labels, METRIC_NAME_ONLY);
}

/** Orders label sets as Prometheus does: pair by pair, name before value, a prefix first. */
export function compareLabels(a: Labels, b: Labels): number {
  const shared = Math.min(a.names.length, b.names.length);
  for (let index = 0; index < shared; index++) {
    const byName = compareText(a.names[index]!, b.names[index]!);
    if (byName !== 0) return byName;
    const byValue = compareText(a.values[index]!, b.values[index]!);
    if (byValue !== 0) return byValue;
  }
  return a.names.length - b.names.length;
}

/** Writes a label set the way PromQL does: `name{a="b", c="d"}`. */
export function renderLabels(labels: Labels): string {
  const name = labelValue(labels, METRIC_NAME);
  const pairs = labelPairs(labels).filter(([label]) => label !== METRIC_NAME || !isPlainName(name));
  const inside = pairs.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(', ');
  const shownName = isPlainName(name) ? name : '';
  return inside === '' && shownName !== '' ? shownName : `${shownName}{${inside}}`;
}

const isPlainName = (name: string): boolean => /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
