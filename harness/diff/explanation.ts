/**
 * What `golem explain` says of a write or of a user's day, as one plain value: each path stage by stage, where they
 * part, what each stage adds to each field, and that the parts sum to the whole. Pure, so that the terminal and JSON
 * show the same and a test can add it up.
 */
import type { Change, DayDifference, Field, Measure } from '../migration.ts';
import type { Replayed } from '../replayed.ts';
import { breachHeading } from './breach-causes.ts';
import { widerSignature } from './breach-families.ts';
import { causeOf, type Signature } from './causes.ts';
import { type Comparison, decompose, type Decomposition, partsOfField, type Step } from './decompose.ts';
import { breachLimit, fieldNames } from './fields.ts';
import { breachSignature } from './leading-part.ts';

/** Numbers by field; null where a ratio has no base. */
export type ByField = Readonly<Record<string, number | null>>;
/** Numbers by measure. */
export type ByMeasure = Readonly<Record<string, number>>;

export interface ExplainedPath {
  readonly stage: string;
  readonly totals: ByMeasure | null;
  readonly changes: readonly Change[];
}

/** What one part of the source adds to the first stage's difference. */
export interface ExplainedPart {
  readonly subject: string;
  /** The entry or code that the part's difference is put down to, in words; null where there is none. */
  readonly because: string | null;
  readonly legacy: ByMeasure | null;
  readonly v2: ByMeasure | null;
  readonly adds: ByMeasure;
}

export interface ExplainedStep {
  readonly legacy: ExplainedPath | null;
  readonly v2: ExplainedPath | null;
  /** What it adds to V2 − legacy, by measure and by field; null where the write left no difference. */
  readonly sums: ByMeasure | null;
  readonly adds: ByField | null;
  readonly parts: readonly ExplainedPart[];
}

export interface ExplainedRecord {
  readonly id: string;
  readonly at: string;
  readonly phase: string;
  readonly disposition: string;
  /** What became of each path, with what it failed by; null where it did not run. */
  readonly legacy: ExplainedOutcome | null;
  readonly v2: ExplainedOutcome | null;
  readonly steps: readonly ExplainedStep[];
  /** The stage at which the paths part; null where they do not. */
  readonly parts_at: string | null;
  /** The stage that adds most of what is furthest from its limit; null where they do not part. */
  readonly leads_at: string | null;
  /** V2 − legacy, the sum of the steps; null where there is none. */
  readonly difference: ByField | null;
  /** The most each field may differ by; null where there is no difference. */
  readonly limits: ByField | null;
  readonly breached: readonly string[];
  /** The cause of its breach, and the wider one under which it is shown where its entry stands for few. */
  readonly cause: NamedCause | null;
  readonly wider_cause: NamedCause | null;
}

export interface NamedCause {
  readonly id: string;
  readonly label: string;
}

export interface ExplainedOutcome {
  readonly state: string;
  readonly totals: ByMeasure | null;
  readonly warnings: readonly string[];
  readonly failure: string | null;
}

export interface ExplainedDay {
  readonly date: string;
  readonly phase: string;
  readonly legacy: ByMeasure;
  readonly v2: ByMeasure;
  /** What each record adds. */
  readonly records: readonly { readonly id: string; readonly adds: ByField }[];
  /** What rounding the day's sums adds. */
  readonly rounding: ByField;
  readonly difference: ByField;
  readonly breached: readonly string[];
}

const MILLION = 1e6;

/** Explains one replayed write. */
export function explainRecord({ record, result }: Replayed, comparison: Comparison): ExplainedRecord {
  const { fields, measures } = comparison;
  const taken = decompose(result, comparison);
  const parts = fields.map((field) => partsOfField(taken, field));
  const { legacy, v2 } = result;
  return {
    id: record.id,
    at: record.at,
    phase: result.phase,
    disposition: result.disposition,
    legacy: legacy && outcome(legacy, measures),
    v2: v2 && outcome(v2, measures),
    steps: taken.steps.map((step, index) => explainedStep(step, index, parts, taken, comparison)),
    parts_at: taken.partsAt === null ? null : stageName(taken.steps[taken.partsAt]!),
    leads_at: leadingStage(taken, fields),
    difference:
      taken.whole &&
      byField(
        fields,
        parts.map((each) => each && sum(each)),
      ),
    limits: taken.whole && limitsOf(fields, taken.legacy ?? []),
    breached: result.record ? fieldNames(fields, result.record.breached) : [],
    ...causesOfRecord(result, comparison),
  };
}

/** Each field's limit for these legacy totals. */
function limitsOf(fields: readonly Field[], legacy: readonly number[]): ByField {
  return Object.fromEntries(
    fields.map((field) => [field.name, breachLimit(field, legacy[field.measure] ?? 0)]),
  );
}

/** The step that adds most to the measure that is furthest from its limit, in the direction in which that is off. */
function leadingStage({ steps, whole, legacy }: Decomposition, fields: readonly Field[]): string | null {
  if (whole === null || legacy === null) return null;
  const furthest = fields
    .filter(({ relative }) => !relative)
    .map((field) => ({
      measure: field.measure,
      share: Math.abs(whole[field.measure]!) / breachLimit(field, legacy[field.measure]!),
    }))
    .reduce((most, one) => (one.share > most.share ? one : most), { measure: 0, share: 0 });
  if (furthest.share === 0) return null;
  const sign = Math.sign(whole[furthest.measure]!);
  const amounts = steps.map(({ added }) => sign * added[furthest.measure]!);
  return stageName(steps[amounts.indexOf(Math.max(...amounts))]!);
}

/** The name by which a step is spoken of. */
export function stageName({
  legacy,
  v2,
}: {
  readonly legacy: { stage: string } | null;
  readonly v2: { stage: string } | null;
}): string {
  const names = [legacy?.stage, v2?.stage].filter((name) => name !== undefined);
  return [...new Set(names)].join(' / ') || 'the whole';
}

function causesOfRecord(
  result: Replayed['result'],
  comparison: Comparison,
): Pick<ExplainedRecord, 'cause' | 'wider_cause'> {
  const heading = breachHeading(result, comparison.fields);
  if (heading === null) return { cause: null, wider_cause: null };
  const name = (signature: Signature): NamedCause => {
    const { id, label } = causeOf(signature, { count: 1, subjects: [], fields: [] }, comparison.explain);
    return { id, label };
  };
  const signature = breachSignature(result, heading, comparison);
  const cause = name(signature);
  const wider = name(widerSignature(signature));
  return { cause, wider_cause: wider.id === cause.id ? null : wider };
}

function outcome(
  path: NonNullable<Replayed['result']['legacy']>,
  measures: readonly Measure[],
): ExplainedOutcome {
  const { state, totals, warnings, failure } = path;
  return { state, totals: totals && byMeasure(measures, totals), warnings, failure: failure?.code ?? null };
}

function explainedStep(
  step: Step,
  index: number,
  parts: readonly (readonly number[] | null)[],
  taken: Decomposition,
  { fields, measures, explain }: Comparison,
): ExplainedStep {
  const path = (one: Step['legacy']): ExplainedPath | null =>
    one && { stage: one.stage, totals: one.totals && byMeasure(measures, one.totals), changes: one.changes };
  return {
    legacy: path(step.legacy),
    v2: path(step.v2),
    adds:
      taken.whole &&
      byField(
        fields,
        parts.map((each) => each && each[index]!),
      ),
    sums: taken.whole && inUnits(measures, step.added),
    parts: step.shares.map(({ part, added }): ExplainedPart => {
      const stage = stageName(step);
      const named = part && (part.code !== null || part.blamed !== null);
      const because = named
        ? { stage, code: part.code, entry: part.code === null ? part.blamed : null }
        : null;
      return {
        subject: part?.subject ?? 'rounding',
        because: because && (explain?.describe(because) ?? because.code ?? because.entry),
        legacy: part && byMeasure(measures, part.legacy),
        v2: part && byMeasure(measures, part.v2),
        adds: inUnits(measures, added),
      };
    }),
  };
}

/**
 * Explains a user's day from all its records, in order: each record's difference, and what the day's own rounding adds,
 * sum to the day's difference. Null for a day without one.
 */
export function explainDay(replayed: readonly Replayed[], comparison: Comparison): ExplainedDay | null {
  const { fields, measures } = comparison;
  const day = replayed.findLast(({ result }) => result.day !== null)?.result.day;
  if (!day) return null;
  const counted = replayed.filter(({ result }) => result.record !== null && result.phase === day.phase);
  const taken = counted.map(({ result }) => decompose(result, comparison));
  const shares = fields.map((field) => recordShares(taken, field, day));
  const wholes = day.values.map((value) => (value === null ? null : Math.round(value * MILLION)));
  const rounding = shares.map((each, index) => each && wholes[index]! - sum(each));
  return {
    date: day.date,
    phase: day.phase,
    legacy: byMeasure(measures, day.legacy),
    v2: byMeasure(measures, day.v2),
    records: counted.map(({ record }, index) => ({
      id: record.id,
      adds: byField(
        fields,
        shares.map((each) => each && each[index]!),
      ),
    })),
    rounding: byField(fields, rounding),
    difference: byField(fields, wholes),
    breached: fieldNames(fields, day.breached),
  };
}

/** What each record adds to a day's field, in millionths; a ratio relates to the day's legacy total. */
function recordShares(
  taken: readonly Decomposition[],
  field: Field,
  day: DayDifference,
): readonly number[] | null {
  const amounts = taken.map(({ whole }) => whole?.[field.measure] ?? 0);
  if (!field.relative) return amounts;
  const base = day.legacy[field.measure]!;
  if (base === 0) return null;
  let total = 0;
  let before = 0;
  return amounts.map((amount) => {
    total += amount;
    const after = Math.round((total / MILLION / base) * MILLION);
    const share = after - before;
    before = after;
    return share;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0);
}

/** Millionths by field, in the field's unit. */
function byField(fields: readonly Field[], millionths: readonly (number | null)[]): ByField {
  return Object.fromEntries(
    fields.map(({ name }, index) => {
      const value = millionths[index];
      return [name, value == null ? null : value / MILLION];
    }),
  );
}

/** Millionths by measure, in the measure's unit. */
function inUnits(measures: readonly Measure[], millionths: readonly number[]): ByMeasure {
  return byMeasure(
    measures,
    millionths.map((each) => each / MILLION),
  );
}

function byMeasure(measures: readonly Measure[], values: readonly number[]): ByMeasure {
  return Object.fromEntries(measures.map(({ name }, index) => [name, values[index]!]));
}
