/**
 * Holds what the store has in its tables against what the outcomes say was stored, row by row. Counts alone would let
 * a lost row and a doubled one cancel out, and would not see a row that holds something else than it was said to.
 */
import { structuralDiff } from '../diff/structural.ts';
import type { Replayed } from '../replayed.ts';
import type { SettingRun } from './suite-run.ts';

export interface StoredRows {
  /** Rows that outcomes name. */
  readonly named: number;
  /** Named, but not in the store. */
  readonly lost: number;
  /** In a table that outcomes name, but named by none. */
  readonly surplus: number;
  /** In the store with another content than the last outcome that named it. */
  readonly altered: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

/** The last content that outcomes give each row, by table and id. */
function namedRows(replayed: readonly Replayed[]): Map<string, Map<unknown, Row>> {
  const tables = new Map<string, Map<unknown, Row>>();
  const name = (table: string, row: Row): void => {
    const rows = tables.get(table) ?? new Map<unknown, Row>();
    rows.set(row.id, row);
    tables.set(table, rows);
  };
  for (const { result } of replayed) {
    for (const outcome of [result.legacy, result.v2]) {
      for (const { table, row } of outcome?.rows ?? []) name(table, row);
    }
    const live = result.legacy?.rows[0];
    if (live && result.liveRow) name(live.table, result.liveRow);
  }
  return tables;
}

/** Compares a run's rows with its outcomes; null where the store has forgotten rows on the way. */
export function compareStoredRows(run: SettingRun): StoredRows | null {
  const { stored, replayed } = run;
  if (stored === null) return null;
  // A row that its user deleted later holds what it held, and the mark; its content is not compared.
  const deleted = new Set(
    replayed.flatMap(({ result }) => (result.disposition === 'other' ? [result.rowId] : [])),
  );
  let named = 0;
  let lost = 0;
  let surplus = 0;
  const altered: string[] = [];
  for (const [table, rows] of namedRows(replayed)) {
    const inStore = new Map((stored[table] ?? []).map((row) => [row.id, row]));
    named += rows.size;
    surplus += (stored[table] ?? []).filter((row) => !rows.has(row.id)).length;
    for (const [id, row] of rows) {
      const found = inStore.get(id);
      if (!found) lost += 1;
      else if (!deleted.has(id as string) && structuralDiff(row, found, 1).length > 0) altered.push(table);
    }
  }
  return { named, lost, surplus, altered };
}
