/** Writes with differences for the tests beside this file: two measures, three fields, a source of parts. */
import type { Explanations, Field, Measure, SourcePart, TraceEntry, WriteResult } from '../migration.ts';
import type { Replayed } from '../replayed.ts';
import type { Comparison } from './decompose.ts';
import { compareTotals } from './fields.ts';

export const MEASURES: readonly Measure[] = [
  { name: 'amount', unit: 'u' },
  { name: 'weight', unit: 'g' },
];

const field = (name: string, measure: number, relative: boolean, floor: number): Field => ({
  name,
  measure,
  relative,
  unit: relative ? 'ratio' : 'u',
  limit: { floor, share: 0 },
  cell: 0.01,
  dayDecimals: relative ? null : 0,
});

export const FIELDS: readonly Field[] = [
  field('da', 0, false, 10),
  field('dw', 1, false, 4),
  field('rel_w', 1, true, 0.5),
];

/** Parts by the row's `id`, for the migration's `sources`. */
const parts = new WeakMap<object, readonly SourcePart[]>();

export const explain: Explanations = {
  stages: [
    { stage: 'read', codes: [] },
    { stage: 'bend', codes: ['bent', 'noted'] },
    { stage: 'end', codes: [] },
  ],
  factors: [],
  sources: (result) => parts.get(result) ?? [],
  describe: () => null,
};

export const COMPARISON: Comparison = { measures: MEASURES, fields: FIELDS, explain };

export interface SampleWrite {
  readonly user?: string;
  readonly id?: string;
  readonly date?: string;
  readonly legacy: readonly TraceEntry[];
  readonly v2: readonly TraceEntry[];
  readonly parts?: readonly SourcePart[];
}

export function entry(stage: string, totals: readonly number[] | null, ...codes: string[]): TraceEntry {
  return { stage, totals, changes: codes.map((code) => ({ code, subject: 'x', from: 1, to: 2 })) };
}

/** A part of the source, blamed on its entry unless it has a code. */
export function part(
  name: string,
  legacy: readonly number[],
  v2: readonly number[],
  code: string | null = null,
): SourcePart {
  return { entries: [name], blamed: code === null ? name : null, code, subject: name, legacy, v2 };
}

/** A replayed write whose outcomes are what its traces end with. */
export function sampleWrite(write: SampleWrite): Replayed {
  const { user = 'u', id = 'r1', date = '2025-09-01' } = write;
  const outcome = (trace: readonly TraceEntry[]): NonNullable<WriteResult['legacy']> => ({
    state: 'stored',
    totals: trace.at(-1)?.totals ?? null,
    warnings: [],
    trace,
    rows: [],
    failure: null,
  });
  const [legacy, v2] = [outcome(write.legacy), outcome(write.v2)];
  const zeros = MEASURES.map(() => 0);
  const record = compareTotals(FIELDS, legacy.totals ?? zeros, v2.totals ?? zeros);
  const result = {
    legacy,
    v2,
    record,
    date,
    phase: 'P0',
    disposition: 'new',
    day: null,
  } as unknown as WriteResult;
  parts.set(result, write.parts ?? []);
  const recorded = { id, user, at: `${date}T00:00:00.000Z` } as Replayed['record'];
  return { record: recorded, atMs: 0, result, storedBefore: false, issued: new Map() };
}

/** The same writes with the running difference of their users' days, as a service would give it. */
export function withDays(writes: readonly Replayed[]): Replayed[] {
  const days = new Map<string, { legacy: number[]; v2: number[]; records: number }>();
  return writes.map((write) => {
    const { record, result } = write;
    const key = `${record.user} ${result.date}`;
    const day = days.get(key) ?? { legacy: MEASURES.map(() => 0), v2: MEASURES.map(() => 0), records: 0 };
    days.set(key, day);
    day.records += 1;
    for (const [index] of MEASURES.entries()) {
      day.legacy[index]! += result.legacy?.totals?.[index] ?? 0;
      day.v2[index]! += result.v2?.totals?.[index] ?? 0;
    }
    const { values, breached } = compareTotals(FIELDS, day.legacy, day.v2);
    const running = { date: result.date, phase: 'P0', values, breached, ...structuredClone(day) };
    const dayed = { ...result, day: running };
    parts.set(dayed, explain.sources(result));
    return { ...write, result: dayed };
  });
}
