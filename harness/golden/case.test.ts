import { describe, expect, it } from 'vitest';
import type { PathOutcome, WriteResult } from '../migration.ts';
import { type CaseRecord, goldenDocument, goldenDocuments, outcomeDocument, outcomeShape } from './case.ts';
import type { JsonObject } from './json.ts';
import { SHAPE, sampleRecord } from './sample.test-data.ts';

const outcome = (record: CaseRecord): JsonObject => outcomeDocument([record], SHAPE)[0]!;
const withResult = (record: CaseRecord, result: Partial<WriteResult>): CaseRecord => ({
  ...record,
  result: { ...record.result, ...result },
});

describe('outcomeDocument', () => {
  it('keeps answers, rows, totals and differences, and no trace, key digest or other table', () => {
    const document = outcome(sampleRecord(2));
    expect(document).toMatchObject({
      id: 'r0002',
      at: '2025-09-01T02:30:12.345Z',
      phase: 'P0',
      outcome: { disposition: 'new', status: 200, legacy: 'stored', v2: 'stored', day_records: 2 },
      legacy: { totals: { amount: 557, tax: 26.4 } },
      v2: { totals: { amount: 560, tax: 26.5 }, warnings: ['rounded'] },
      difference: { damount: 3, dtax: 0.1, rel_tax: 0.003788 },
      day: { damount: 6, dtax: 0.2, rel_tax: 0.007576 },
    });
    expect(JSON.stringify(document)).not.toMatch(/trace|0123456789abcdef"|diffs|"merged|"repeat"|breached/);
  });

  it('writes an issued id as its label wherever it is the whole of a text', () => {
    const record = sampleRecord(1);
    const text = JSON.stringify(outcome(record));
    for (const [id, label] of record.issued) {
      expect(text).not.toContain(`"${id}"`);
      expect(text).toContain(`"<${label}>"`);
    }
    const inside = withResult(record, {
      answer: { status: 200, body: `see ${[...record.issued.keys()][0]}` },
    });
    expect(outcome(inside).answer).toMatch(/^see 1111/);
  });

  it('keeps a digest of the columns it is told to, which tells values apart', () => {
    const raw = (lines: number): unknown =>
      (outcome(sampleRecord(1, { lines })) as { legacy: { rows: { orders: JsonObject } } }).legacy.rows.orders
        .raw;
    expect(raw(3)).toMatch(/^sha256:[0-9a-f]{16}$/);
    expect(raw(3)).not.toBe(raw(2));
  });

  it('shows of the live row only what legacy did not store', () => {
    expect(outcome(sampleRecord(1, { merged: true })).merged).toEqual({
      slot: 'noon',
      totals: { amount: 560, tax: 26.5 },
      meta: { v2: expect.objectContaining({ order_id: '<log r0001>' }) },
      row_version: 2,
    });
  });

  it('shows a live row that lost columns, is gone, or is not the one that legacy stored', () => {
    const record = sampleRecord(1);
    const { title: _, ...rest } = record.result.liveRow!;
    expect(outcome(withResult(record, { liveRow: rest }))).toMatchObject({ merged_away: ['/title'] });
    expect(outcome(withResult(record, { liveRow: null })).merged).toBeNull();
    const other = outcome(withResult(record, { liveRow: { id: 'another', title: 'x' } }));
    expect(other.merged).toEqual({ id: 'another', title: 'x' });
  });

  it('names a failure by its code and never by its message', () => {
    const failed: PathOutcome = {
      state: 'failed',
      totals: null,
      warnings: [],
      trace: [],
      rows: [],
      failure: { code: 'exception', message: 'worded by a library' },
    };
    const document = outcome(withResult(sampleRecord(1), { v2: failed, record: null, day: null }));
    expect(document).toMatchObject({ outcome: { v2: 'failed' }, v2: { totals: null, failure: 'exception' } });
    expect(JSON.stringify(document)).not.toContain('worded');
    expect(document).not.toHaveProperty('difference');
  });

  it.each([
    [3_600_000, false],
    [3_600_001, true],
  ])('says of a repeat %i ms after its first that it was swallowed: %s', (ms, swallowed) => {
    const record = sampleRecord(1);
    const firstAtMs = Date.parse(record.at) - ms;
    expect(outcome(withResult(record, { firstAtMs })).repeat).toEqual({
      first_at: new Date(firstAtMs).toISOString(),
      swallowed,
    });
  });

  it('leaves out zero differences, keeps null, rounds to 6 decimals and names what breached', () => {
    const record = sampleRecord(1);
    const document = outcome(
      withResult(record, {
        record: { values: [0, 0.1 + 0.2, null], breached: 5 },
        day: { ...record.result.day!, values: [-0, 1 / 3, 0], breached: 2 },
      }),
    );
    expect(document.difference).toEqual({ dtax: 0.3, rel_tax: null });
    expect(document.day).toEqual({ dtax: 0.333333 });
    expect(document.breached).toEqual({ record: 'damount rel_tax', day: 'dtax' });
  });

  it('shows a total that is no number by its name, so that a broken path is a finding and no fault', () => {
    const record = sampleRecord(1);
    const v2: PathOutcome = { ...record.result.v2!, state: 'failed', totals: [Number.NaN, 26.5], rows: [] };
    expect(outcome(withResult(record, { v2 }))).toMatchObject({
      v2: { totals: { amount: 'NaN', tax: 26.5 } },
    });
  });

  it('refuses a difference that is not a number', () => {
    const record = withResult(sampleRecord(1), { record: { values: [Number.NaN, 0, 0], breached: 0 } });
    expect(() => outcome(record)).toThrow('NaN has no JSON form');
  });
});

describe('outcomeShape', () => {
  it('takes names, digest columns and repeated tables from the migration', () => {
    const field = {
      measure: 0,
      relative: false,
      unit: 'x',
      limit: { floor: 1, share: 0 },
      cell: 1,
      dayDecimals: 0,
    };
    const migration = {
      measures: SHAPE.measures.map((name) => ({ name, unit: 'x' })),
      fields: SHAPE.fields.map((name) => ({ name, ...field })),
      digestColumns: ['raw'],
      repeatedTables: ['diffs'],
    };
    expect(outcomeShape(migration)).toEqual(SHAPE);
  });
});

describe('goldenDocuments', () => {
  it('makes one document of each local day', () => {
    const base = [
      sampleRecord(1),
      sampleRecord(2, { date: '2025-09-02' }),
      sampleRecord(3, { date: '2025-09-02' }),
    ];
    const documents = goldenDocuments({ suite: 's', user: 'ann', base, full: base }, SHAPE);
    expect([...documents].map(([key, { base: records }]) => [key, records.length])).toEqual([
      ['ann/2025-09-01', 1],
      ['ann/2025-09-02', 2],
    ]);
  });

  it.each([
    ['a record short', [sampleRecord(1)]],
    ['in another order', [sampleRecord(2), sampleRecord(1)]],
  ])('refuses a full setting that is %s', (_, full) => {
    const base = [sampleRecord(1), sampleRecord(2)];
    const day = { suite: 's', user: 'ann', date: '2025-09-01', base, full };
    expect(() => goldenDocument(day, SHAPE)).toThrow(
      'the two settings did not replay the same records once each',
    );
  });
});
