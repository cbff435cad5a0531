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

interface Names extends Partial<Record<(typeof UNIT_KEYS)[number], number>> {
  readonly id: string;
  readonly ja: string;
  readonly en: string;
  readonly aliases: readonly string[];
  readonly fried?: true;
}

/** A food that is one row of a table; `expect` must occur in the row's name, so that a mistyped number shows. */
interface RowFood extends Names {
  readonly row: string;
  readonly expect: string;
}

/** A dish no table lists, put together from rows: each part its row, a piece of the row's name, and its grams. */
interface MixedFood extends Names {
  readonly parts: readonly (readonly [row: string, expect: string, grams: number])[];
}

/** One curated line: everyday names and portions, and where the figures come from. */
export type CuratedFood = RowFood | MixedFood;

const foldSpaces = (text: string): string => text.normalize('NFKC').replace(/\s+/g, ' ');

const FIGURES = ['kcal', 'p', 'f', 'c', 'alcohol_g'] as const;

/** The row of a source, checked; throws when it is unknown, is named otherwise than expected, or lacks a figure. */
function checkedRow(source: string, expect: string, tables: Tables): TableRow {
  const row = tables.get(source);
  if (!row) throw new Error(`no row "${source}" in the tables`);
  if (!foldSpaces(row.name).includes(foldSpaces(expect))) {
    throw new Error(`row ${source} is "${row.name}", which does not contain "${expect}"`);
  }
  if (!FIGURES.every((figure) => Number.isFinite(row[figure]) && row[figure] >= 0)) {
    throw new Error(`row ${source} lacks a figure`);
  }
  return row;
}

/** Figures per 100 g and their source: a row's as printed, a mixture's weighed by its parts and rounded to 0.1. */
function figuresOf(food: CuratedFood, tables: Tables): { per100: Omit<TableRow, 'name'>; source: string } {
  if ('row' in food) return { per100: checkedRow(food.row, food.expect, tables), source: food.row };
  const per100 = { kcal: 0, p: 0, f: 0, c: 0, alcohol_g: 0 };
  const total = food.parts.reduce((sum, [, , grams]) => sum + grams, 0);
  for (const [source, expect, grams] of food.parts) {
    const row = checkedRow(source, expect, tables);
    for (const figure of FIGURES) per100[figure] += (row[figure] * grams) / total;
  }
  for (const figure of FIGURES) per100[figure] = Math.round(per100[figure] * 10) / 10;
  return { per100, source: food.parts.map(([source, , grams]) => `${source} ${grams} g`).join(' + ') };
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

/** One food as its line of foods.json: names, figures per 100 g, their source, then marks and units where they apply. */
function renderFood(food: CuratedFood, tables: Tables): string {
  const { per100, source } = figuresOf(food, tables);
  const units = UNIT_KEYS.flatMap((key) => (food[key] === undefined ? [] : [[key, food[key]]]));
  return JSON.stringify({
    id: food.id,
    ja: food.ja,
    en: food.en,
    aliases: food.aliases,
    kcal: per100.kcal,
    p: per100.p,
    f: per100.f,
    c: per100.c,
    source,
    ...(per100.alcohol_g > 0 ? { alcohol_g: per100.alcohol_g } : {}),
    ...(food.fried ? { fried: true } : {}),
    ...Object.fromEntries(units),
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
    try {
      lines.push(renderFood(food, tables));
    } catch (error) {
      problems.push(`${food.id}: ${(error as Error).message}`);
    }
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
