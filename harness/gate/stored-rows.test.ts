import { describe, expect, it } from 'vitest';
import type { StoredRow, WriteResult } from '../migration.ts';
import type { RecordedWrite } from '../recording/format.ts';
import type { Replayed } from '../replayed.ts';
import { Tally } from '../tally/tally.ts';
import { compareStoredRows } from './stored-rows.ts';
import type { SettingRun } from './suite-run.ts';

const row = (id: string, value = 1): StoredRow => ({ table: 'writes', row: { id, value } });

function replayed(rows: readonly StoredRow[], disposition: WriteResult['disposition'] = 'new'): Replayed {
  const legacy = { state: 'stored', totals: [1], warnings: [], trace: [], rows, failure: null } as const;
  const live = rows[0]?.row ?? null;
  const result: WriteResult = {
    disposition,
    answer: { status: 200, body: {} },
    keyDigest: null,
    identityHolds: true,
    firstAtMs: null,
    phase: 'P0',
    date: '2025-09-01',
    rowId: (live?.id as string | undefined) ?? null,
    legacy: disposition === 'other' ? null : legacy,
    v2: null,
    liveRow: disposition === 'other' ? null : live,
    record: null,
    day: null,
  };
  return { record: {} as RecordedWrite, atMs: 0, result, storedBefore: false, issued: new Map() };
}

function run(all: readonly Replayed[], stored: SettingRun['stored']): SettingRun {
  const tally = new Tally({ fields: [], metrics: [], redCodes: [] });
  return { setting: 'base', tally, census: {}, stored, replayed: all, scrapes: null };
}

const storedAs = (...rows: readonly StoredRow[]) => ({ writes: rows.map(({ row: stored }) => stored) });

describe('compareStoredRows', () => {
  it('finds nothing given the rows that outcomes name', () => {
    const all = [replayed([row('a')]), replayed([row('b')])];
    expect(compareStoredRows(run(all, storedAs(row('b'), row('a'))))).toEqual({
      named: 2,
      lost: 0,
      surplus: 0,
      altered: [],
    });
  });

  it('does not let a lost row and a doubled one cancel out', () => {
    const all = [replayed([row('a')]), replayed([row('b')])];
    expect(compareStoredRows(run(all, storedAs(row('a'), row('a2'))))).toMatchObject({ lost: 1, surplus: 1 });
  });

  it('sees a row that holds something else than its outcome says', () => {
    expect(compareStoredRows(run([replayed([row('a', 1)])], storedAs(row('a', 2))))?.altered).toEqual([
      'writes',
    ]);
  });

  it('takes the last outcome that names a row, and none of a row that its user deleted', () => {
    const changed = [replayed([row('a', 1)]), replayed([row('a', 2)])];
    expect(compareStoredRows(run(changed, storedAs(row('a', 2))))?.altered).toEqual([]);
    const deleted = [replayed([row('a', 1)]), replayed([row('a')], 'other')];
    expect(compareStoredRows(run(deleted, storedAs(row('a', 9))))?.altered).toEqual([]);
  });

  it('says that it cannot tell where rows were forgotten', () => {
    expect(compareStoredRows(run([], null))).toBeNull();
  });
});
