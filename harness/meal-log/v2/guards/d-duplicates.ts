/** Guard d: providers list an item twice; unless the user counted, the second is an echo, not a second helping. */
import type { Change } from '../../../migration.ts';
import { type Draft, type DraftItem, type Stage, warn } from '../draft.ts';

/** Words behind a figure that make it a mass, a volume, an energy or a time, and no count. */
const NO_COUNT =
  'g|kg|mg|ml|cl|dl|oz|lbs?|grams?|grammes?|kilos?|ounces?|pounds?|cups?|lit(?:re|er)s?|pints?|tbsp|tsp|tablespoons?|teaspoons?|kcal|cal(?:ories)?|am|pm|today|minutes?|mins?|hours?|hrs?|percent|days?|weeks?';

/** A count in the message: "2 eggs", "12 wings", "x2", "two", 「二個」, 「10個」. Masses, volumes and times are none. */
const COUNT = new RegExp(
  [
    String.raw`\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twice|both|couple|pair|double)\b`,
    String.raw`[x×]\s?(?:[2-9]|[1-9]\d)\b`,
    String.raw`\b(?:[2-9]|[1-9]\d)\s?(?:x\b|(?!(?:${NO_COUNT})\b)[a-z]{3,})`,
    String.raw`(?:[2-9]|[1-9]\d|[二三四五六七八九十])\s?(?:個|枚|杯|本|切れ|つ|皿|人前|粒|貫|串|缶|袋|膳)`,
  ].join('|'),
  'i',
);

/** The food where the dictionary knows it, else the name: what makes two items the same thing. */
function identity(item: DraftItem): string {
  return item.food ? item.food.id : item.name;
}

function sameFigures(a: DraftItem, b: DraftItem): boolean {
  return a.grams === b.grams && a.kcal === b.kcal && a.p === b.p && a.f === b.f && a.c === b.c;
}

function addNullable(a: number | null, b: number | null): number | null {
  return a === null && b === null ? null : (a ?? 0) + (b ?? 0);
}

function merge(kept: DraftItem, repeat: DraftItem): void {
  kept.grams += repeat.grams;
  kept.kcal = addNullable(kept.kcal, repeat.kcal);
  kept.p = addNullable(kept.p, repeat.p);
  kept.f = addNullable(kept.f, repeat.f);
  kept.c = addNullable(kept.c, repeat.c);
}

/** Drops exact repeats where the message has no count; merges the same food in other amounts, grams added. */
export const duplicates: Stage = {
  name: 'd duplicates',
  run(draft: Draft, changes: Change[]): void {
    const items = draft.items;
    if (!hasRepeat(items)) return;
    const counted = COUNT.test(draft.message);
    const kept: DraftItem[] = [];
    for (const item of items) {
      const first = kept.find(
        (other) => identity(other) === identity(item) && other.proposed === item.proposed,
      );
      if (!first) {
        kept.push(item);
      } else if (!(sameFigures(first, item) && first.name === item.name)) {
        const before = first.grams;
        merge(first, item);
        changes.push({ code: 'merged', subject: first.name, from: before, to: first.grams });
        warn(draft, 'merged');
      } else if (counted) {
        kept.push(item);
      } else {
        changes.push({ code: 'duplicate_dropped', subject: item.name, from: item.grams, to: null });
        warn(draft, 'duplicate_dropped');
      }
    }
    draft.items = kept;
  },
};

function hasRepeat(items: readonly DraftItem[]): boolean {
  for (let later = 1; later < items.length; later++) {
    const one = identity(items[later]!);
    for (let earlier = 0; earlier < later; earlier++) if (identity(items[earlier]!) === one) return true;
  }
  return false;
}
