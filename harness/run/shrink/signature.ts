/**
 * What a shrunk recording must still show: a breach of one field with one cause, an alert that fires, or what changed
 * in one case. Pure, and apart from replaying, so that "the same" is decided in one place.
 */
import { type OutcomeChange, oneLine } from '../../golden/changes.ts';

/** A breach of one field as a replay showed it. */
export interface Hit {
  readonly level: 'record' | 'day';
  readonly field: string;
  readonly sign: 1 | -1;
  /** Id of its cause, the narrowest first, and of the wider one that it may be shown under. */
  readonly causes: readonly string[];
  readonly user: string;
  readonly date: string;
  readonly record: string;
}

export interface FiringAlert {
  readonly ruleset: string;
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The part of a hit that two hits must share to be the same. */
export type BreachKind = Pick<Hit, 'level' | 'field' | 'sign'> & { readonly cause: string };

export type Signature =
  | { readonly kind: 'breaches'; readonly all: readonly BreachKind[] }
  | { readonly kind: 'alert'; readonly alert: FiringAlert }
  | { readonly kind: 'golden'; readonly changes: readonly OutcomeChange[] };

/** What one look at some records showed; only what was looked for is filled. */
export interface Seen {
  readonly hits: readonly Hit[];
  readonly alerts: readonly FiringAlert[];
  readonly changes: readonly OutcomeChange[];
}

export function kindOf({ level, field, sign, causes }: Hit): BreachKind {
  return { level, field, sign, cause: causes[0] ?? '' };
}

/** Whether a look showed all of a signature. */
export function showsSignature(signature: Signature, seen: Seen): boolean {
  switch (signature.kind) {
    case 'breaches': {
      const known = new Set(seen.hits.map((hit) => JSON.stringify(kindOf(hit))));
      return signature.all.every((kind) => known.has(JSON.stringify(kind)));
    }
    case 'alert': {
      const wanted = alertKey(signature.alert);
      return seen.alerts.some((alert) => alertKey(alert) === wanted);
    }
    case 'golden': {
      const known = new Set(seen.changes.map(changeKey));
      return signature.changes.every((change) => known.has(changeKey(change)));
    }
  }
}

/** Such as `record breach of a +, b +`: the sign is V2's, seen from legacy. */
function describeKinds(kinds: readonly BreachKind[]): string {
  return [...Map.groupBy(kinds, ({ level }) => level)]
    .map(
      ([level, alike]) =>
        `${level} breach of ${alike.map(({ field, sign }) => `${field} ${sign > 0 ? '+' : '−'}`).join(', ')}`,
    )
    .join(' and ');
}

export function alertKey({ ruleset, alert, labels }: FiringAlert): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([ruleset, alert, sorted]);
}

function changeKey({ setting, record, path, kind, seen }: OutcomeChange): string {
  return JSON.stringify([setting, record, path, kind, oneLine(seen)]);
}

/** Kinds of breaches by how many hits they have, the most first, then the earliest. */
export function kindsByCount(
  hits: readonly Hit[],
): { readonly kind: BreachKind; readonly hits: readonly Hit[] }[] {
  return [...Map.groupBy(hits, (hit) => JSON.stringify(kindOf(hit))).values()]
    .map((alike) => ({ kind: kindOf(alike[0]!), hits: alike }))
    .sort((a, b) => b.hits.length - a.hits.length);
}

/**
 * What of a case's changes a signature holds: those of its first changed record, without what merely follows from
 * others where anything else changed.
 */
export function firstChanges(changes: readonly OutcomeChange[]): readonly OutcomeChange[] {
  const own = changes.filter(({ side, record }) => side !== 'derived' && record !== '');
  const from = own.length > 0 ? own : changes.filter(({ record }) => record !== '');
  return from.filter(({ record }) => record === from[0]?.record);
}

/** One line for people; `causeOf` tells a cause as reports show it. */
export function describeSignature(signature: Signature, causeOf: (cause: string) => string): string {
  switch (signature.kind) {
    case 'breaches':
      return [...Map.groupBy(signature.all, ({ cause }) => cause)]
        .map(([cause, kinds]) => `${describeKinds(kinds)}: ${causeOf(cause)}`)
        .join('; ');
    case 'alert': {
      const { ruleset, alert, labels } = signature.alert;
      const told = Object.entries(labels).filter(([name]) => name === 'env' || name === 'field');
      const suffix = told.length === 0 ? '' : ` (${told.map(([, value]) => value).join(' ')})`;
      return `alert ${ruleset}/${alert} fires${suffix}`;
    }
    case 'golden': {
      const [first, ...others] = signature.changes;
      if (!first) return 'nothing';
      const more = others.length === 0 ? '' : `, and ${others.length} more of its values`;
      return `golden: ${first.record} ${first.path} ${oneLine(first.accepted)} → ${oneLine(first.seen)}${more}`;
    }
  }
}
