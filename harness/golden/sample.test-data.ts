/**
 * Replayed writes of an invented migration (orders with an amount and a tax), for the tests of this folder: they need
 * outcomes of realistic shape, and none of them may depend on a real write path.
 */
import type { WriteResult } from '../migration.ts';
import { type CaseRecord, type GoldenDocument, goldenDocument, type OutcomeShape } from './case.ts';

export const SHAPE: OutcomeShape = {
  measures: ['amount', 'tax'],
  fields: ['damount', 'dtax', 'rel_tax'],
  digestColumns: ['raw'],
  repeatedTables: ['diffs'],
};

export interface SampleChoice {
  readonly user?: string;
  readonly date?: string;
  readonly amount?: number;
  readonly v2Amount?: number;
  readonly merged?: boolean;
  readonly lines?: number;
}

/** One healthy write. `merged` is what the full flags add: V2's columns in the live row. */
export function sampleRecord(n: number, choice: SampleChoice = {}): CaseRecord {
  const {
    user = 'ann-3f9c',
    date = '2025-09-01',
    amount = 557,
    v2Amount = 560,
    merged = false,
    lines = 3,
  } = choice;
  const id = `r000${n}`;
  const at = `${date}T0${n}:30:12.345Z`;
  const rowId = `11111111-0000-4000-8000-00000000000${n}`;
  const shadowId = `22222222-0000-4000-8000-00000000000${n}`;
  const lineId = (i: number): string => `line-${n}-${i}`;
  const totals = { amount, tax: 26.4 };
  const v2Totals = { amount: v2Amount, tax: 26.5 };
  const asked = Array.from({ length: lines }, (_, i) => ({
    name: `Thing number ${i}`,
    amount: 1.5,
    unit: 'box',
  }));
  const meta = {
    order_id: rowId,
    lines: asked.map(({ name }, i) => ({ line_id: lineId(i), name, grams: 100 + i, source: 'catalogue' })),
    warnings: ['rounded'],
  };
  const stored = {
    id: rowId,
    user_id: user,
    title: `Order ${n}`,
    kind: 'plain',
    made_at: at,
    ...totals,
    raw: { source: 'upstream', answer: { lines: asked } },
    image: null,
    landing: 'done',
    slot: null,
    totals: null,
    meta: { warnings: [] },
    is_deleted: false,
    row_version: 1,
  };
  const shadow = { ...stored, id: shadowId, raw: null, slot: 'noon', ...v2Totals, totals: v2Totals, meta };
  const live = {
    ...stored,
    slot: 'noon',
    totals: v2Totals,
    meta: { warnings: [], v2: meta },
    row_version: 2,
  };
  const difference = [v2Amount - amount, 0.1, 0.003788];
  const result: WriteResult = {
    disposition: 'new',
    answer: {
      status: 200,
      body: {
        ok: true,
        repeated: false,
        key: `key-of-${user}-${n}`,
        orderId: rowId,
        title: `Order ${n}`,
        confidence: 0.87,
        sums: totals,
        breakdown: { lines: asked, warnings: [] },
        landing: 'done',
      },
    },
    keyDigest: '0123456789abcdef',
    identityHolds: true,
    firstAtMs: null,
    rowId,
    phase: merged ? 'P1' : 'P0',
    date,
    legacy: {
      state: 'stored',
      totals: [amount, 26.4],
      warnings: [],
      trace: [{ stage: 'sum', totals: [amount, 26.4], changes: [] }],
      rows: [{ table: 'orders', row: stored }],
      failure: null,
    },
    v2: {
      state: 'stored',
      totals: [v2Amount, 26.5],
      warnings: ['rounded'],
      trace: [],
      rows: [
        { table: 'orders_shadow', row: shadow },
        { table: 'diffs', row: { id: 'never shown' } },
      ],
      failure: null,
    },
    liveRow: merged ? live : stored,
    record: { values: difference, breached: 0 },
    day: {
      date,
      phase: merged ? 'P1' : 'P0',
      records: n,
      values: difference.map((value) => value * n),
      breached: v2Amount - amount > 40 ? 1 : 0,
      legacy: [amount * n, 26.4 * n],
      v2: [v2Amount * n, 26.5 * n],
    },
  };
  const issued = new Map([
    [rowId, `log ${id}`],
    [shadowId, `shadow ${id}`],
    ...asked.map((_, i): [string, string] => [lineId(i), i === 0 ? `line ${id}` : `line ${id} ${i + 1}`]),
  ]);
  return { id, at, result, issued };
}

/** A user's day of `records` writes, every one as `choice` says. */
export function sampleDocument(records = 4, choice: SampleChoice = {}, suite = 'everyday'): GoldenDocument {
  const numbers = Array.from({ length: records }, (_, i) => i + 1);
  const { user = 'ann-3f9c', date = '2025-09-01' } = choice;
  return goldenDocument(
    {
      suite,
      user,
      date,
      base: numbers.map((n) => sampleRecord(n, choice)),
      full: numbers.map((n) => sampleRecord(n, { ...choice, merged: true })),
    },
    SHAPE,
  );
}
