/**
 * Makes the dictionary's foods.json from the curated lists beside it and the public tables: names and portions are
 * ours, figures the tables'. One command, so that every figure can be traced to its row and made again.
 *
 *     node scripts/make-dictionary.ts <folder with mext-2020.json and usda-sr-abbrev.csv>
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { normaliseName } from '../harness/meal-log/dictionary/names.ts';
import { readTables, type TableRow, type Tables } from './dictionary/tables.ts';

/** Weights of usual units in grams, and `density` in g/ml; each only where it is usual for the food. */
const UNIT_KEYS = ['piece_g', 'slice_g', 'bowl_g', 'cup_g', 'serving_g', 'density'] as const;

/** One curated line: everyday names, the row that gives the figures, and a piece of that row's name as a check. */
export interface CuratedFood extends Partial<Record<(typeof UNIT_KEYS)[number], number>> {
  readonly id: string;
  readonly ja: string;
  readonly en: string;
  readonly aliases: readonly string[];
  readonly row: string;
  readonly expect: string;
  readonly fried?: true;
}

const foldSpaces = (text: string): string => text.normalize('NFKC').replace(/\s+/g, ' ');

/** What is wrong with a food's row, or null; the expected piece guards against a mistyped row number. */
function rowProblem(food: CuratedFood, row: TableRow | undefined): string | null {
  if (!row) return `no row "${food.row}" in the tables`;
  if (!foldSpaces(row.name).includes(foldSpaces(food.expect))) {
    return `row ${food.row} is "${row.name}", which does not contain "${food.expect}"`;
  }
  const figures = [row.kcal, row.p, row.f, row.c, row.alcohol_g];
  return figures.every((figure) => Number.isFinite(figure) && figure >= 0)
    ? null
    : `row ${food.row} lacks a figure`;
}

/** Every id or name that stands for two foods, or twice for one, or for nothing. */
function nameProblems(foods: readonly CuratedFood[]): string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  const owners = new Map<string, string>();
  for (const food of foods) {
    if (ids.has(food.id)) problems.push(`${food.id}: this id is used twice`);
    ids.add(food.id);
    for (const name of [food.ja, food.en, ...food.aliases]) {
      const key = normaliseName(name);
      const owner = owners.get(key);
      if (key === '') problems.push(`${food.id}: "${name}" is empty once normalised`);
      if (owner !== undefined) problems.push(`${food.id}: "${name}" already names ${owner}`);
      owners.set(key, food.id);
    }
  }
  // An id is looked up like a name, so it may repeat its own food's name but never another's.
  for (const { id } of foods) {
    const owner = owners.get(normaliseName(id));
    if (owner !== undefined && owner !== id) problems.push(`${id}: this id also names ${owner}`);
  }
  return problems;
}

/** One food as its line of foods.json: names, figures per 100 g, marks and units where they apply, then the source. */
function renderFood(food: CuratedFood, row: TableRow): string {
  const units = UNIT_KEYS.flatMap((key) => (food[key] === undefined ? [] : [[key, food[key]]]));
  return JSON.stringify({
    id: food.id,
    ja: food.ja,
    en: food.en,
    aliases: food.aliases,
    kcal: row.kcal,
    p: row.p,
    f: row.f,
    c: row.c,
    ...(row.alcohol_g > 0 ? { alcohol_g: row.alcohol_g } : {}),
    ...(food.fried ? { fried: true } : {}),
    ...Object.fromEntries(units),
    source: food.row,
  });
}

/**
 * Joins curated foods with the tables' figures per 100 g into the text of foods.json: a JSON array, one food a line,
 * sorted by id. The same foods and tables give the same bytes. Throws on an unknown row, a row whose name lacks the
 * expected piece, a missing figure, a shared id, or a name that means two foods, naming all of them at once.
 */
export function makeDictionary(foods: readonly CuratedFood[], tables: Tables): string {
  const problems = nameProblems(foods);
  const lines: string[] = [];
  for (const food of foods.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const row = tables.get(food.row);
    const problem = rowProblem(food, row);
    if (row === undefined || problem !== null) problems.push(`${food.id}: ${problem}`);
    else lines.push(renderFood(food, row));
  }
  if (problems.length > 0) throw new Error(`the curated foods do not hold:\n${problems.join('\n')}`);
  return `[\n${lines.join(',\n')}\n]\n`;
}

/** Reads every curated list (`*.jsonl`, one food a line) in a folder, in the order of their names. */
export function readCuratedFoods(folder: string): CuratedFood[] {
  const lists = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return lists.toSorted().flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as CuratedFood),
  );
}

if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined) {
    console.error(
      'Usage: node scripts/make-dictionary.ts <folder with mext-2020.json and usda-sr-abbrev.csv>',
    );
    process.exitCode = 64;
  } else {
    const foods = readCuratedFoods(join(import.meta.dirname, 'dictionary'));
    const target = join(import.meta.dirname, '../harness/meal-log/dictionary/foods.json');
    writeFileSync(target, makeDictionary(foods, readTables(folder)));
    console.log(`${foods.length} foods written to ${target}`);
  }
}
