/**
 * Reads the two public food tables into one map from row to figures per 100 g, so that the generator never
 * sees how each table spells its columns. A file of its own because only it knows the published formats.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One row of a table: its own name and its figures per 100 g of edible weight (energy in kcal, the rest in g). */
export interface TableRow {
  readonly name: string;
  readonly kcal: number;
  readonly p: number;
  readonly f: number;
  readonly c: number;
  readonly alcohol_g: number;
}

/** Rows by source, such as `MEXT-2020 01088` (Standard Tables of Food Composition in Japan) or `USDA-SR 21109`. */
export type Tables = ReadonlyMap<string, TableRow>;

interface MextRow {
  readonly foodId: number;
  readonly foodName: string;
  readonly enercKcal: number | null;
  readonly prot: number | null;
  readonly fat: number | null;
  readonly chocdf: number | null;
  readonly alc: number | null;
}

/** Splits one line of comma-separated values; quotes inside a quoted field are doubled. */
function splitCsvLine(line: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const char = line[i];
    if (char === '"' && quoted && line[i + 1] === '"') {
      cell += '"';
      i += 1;
    } else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += char;
  }
  cells.push(cell);
  return cells;
}

function readMext(text: string, into: Map<string, TableRow>): void {
  for (const row of JSON.parse(text) as readonly MextRow[]) {
    // The table writes traces and not-measured as null; both weigh nothing here.
    into.set(`MEXT-2020 ${String(row.foodId).padStart(5, '0')}`, {
      name: row.foodName,
      kcal: row.enercKcal ?? 0,
      p: row.prot ?? 0,
      f: row.fat ?? 0,
      c: row.chocdf ?? 0,
      alcohol_g: row.alc ?? 0,
    });
  }
}

function readUsda(text: string, into: Map<string, TableRow>): void {
  const [head = '', ...lines] = text.split(/\r?\n/);
  const columns = splitCsvLine(head);
  const column = (name: string): number => {
    const index = columns.indexOf(name);
    if (index < 0) throw new Error(`usda-sr-abbrev.csv has no column "${name}"`);
    return index;
  };
  const [id, name, kcal, p, f, c] = [
    'NDB_No',
    'Shrt_Desc',
    'Energ_Kcal',
    'Protein_(g)',
    'Lipid_Tot_(g)',
    'Carbohydrt_(g)',
  ].map(column) as [number, number, number, number, number, number];
  for (const line of lines) {
    if (line === '') continue;
    const cells = splitCsvLine(line);
    // An empty cell is a figure nobody measured, which is not zero.
    const figure = (index: number): number => (cells[index] ? Number(cells[index]) : Number.NaN);
    // The abbreviated file has no column for alcohol, so drinks with alcohol come from the other table.
    into.set(`USDA-SR ${cells[id]}`, {
      name: cells[name] ?? '',
      kcal: figure(kcal),
      p: figure(p),
      f: figure(f),
      c: figure(c),
      alcohol_g: 0,
    });
  }
}

/** Reads `mext-2020.json` and `usda-sr-abbrev.csv` (Latin-1) from a folder; throws if a file or a column is missing. */
export function readTables(folder: string): Tables {
  const rows = new Map<string, TableRow>();
  readMext(readFileSync(join(folder, 'mext-2020.json'), 'utf8'), rows);
  readUsda(readFileSync(join(folder, 'usda-sr-abbrev.csv'), 'latin1'), rows);
  return rows;
}
