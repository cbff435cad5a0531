/**
 * The food dictionary: from a name in any spelling to what 100 g of it hold. Both V2 and the fallback of the
 * provider's client read it; it is loaded once and never changes.
 */
import { GolemError } from '../../errors.ts';
import type { Food } from './food.ts';
import foodsJson from './foods.json' with { type: 'json' };
import { normaliseName } from './names.ts';
import { remembered } from './remembered.ts';
import { type FoundFood, textScan } from './text-scan.ts';

export type { Food } from './food.ts';
export { isDeepFriedDish } from './fried.ts';
export { normaliseName } from './names.ts';
export type { FoundFood } from './text-scan.ts';

/** One shape for all entries: the hot loop reads them by the thousand, and objects of many shapes read slowly. */
function entry(row: Food): Food {
  return {
    id: row.id,
    ja: row.ja,
    en: row.en,
    aliases: row.aliases,
    kcal: row.kcal,
    p: row.p,
    f: row.f,
    c: row.c,
    source: row.source,
    alcohol_g: row.alcohol_g,
    fried: row.fried,
    piece_g: row.piece_g,
    slice_g: row.slice_g,
    bowl_g: row.bowl_g,
    cup_g: row.cup_g,
    serving_g: row.serving_g,
    density: row.density,
  };
}

/**
 * Files foods under every normalised name they have: id, Japanese, English, aliases. Throws when two foods claim one
 * name, or a name folds to nothing: the answer would depend on the order of the table.
 */
export function nameIndex(table: readonly Food[]): Map<string, Food> {
  const index = new Map<string, Food>();
  for (const food of table) {
    for (const name of [food.id, food.ja, food.en, ...food.aliases]) {
      const key = normaliseName(name);
      const holder = index.get(key);
      if (key !== '' && (holder === undefined || holder === food)) {
        index.set(key, food);
        continue;
      }
      throw new GolemError({
        kind: 'internal',
        verb: 'load food',
        subject: food.id,
        reason: holder
          ? `its name "${name}" is also a name of "${holder.id}"`
          : `its name "${name}" says nothing`,
      });
    }
  }
  return index;
}

const table: readonly Food[] = (foodsJson as unknown as readonly Food[]).map(entry);
const byName = nameIndex(table);
const scan = textScan(byName);

/** Every food of the dictionary, in the table's order. */
export function foods(): readonly Food[] {
  return table;
}

/** The food a name stands for, in any spelling that `normaliseName` folds together; undefined when it is unknown. */
export const lookUp: (name: string) => Food | undefined = remembered((name) =>
  byName.get(normaliseName(name)),
);

/**
 * The foods that a message names, in order and without overlap, the longest name first at each place. Offsets count
 * UTF-16 units of the text's NFKC form.
 */
export function findInText(text: string): FoundFood[] {
  return scan(text);
}
