/**
 * A meal on its way through V2: what normalising made of the provider's answer, bent by guard after guard until it
 * is computed. Stages share this one mutable draft and nothing else; it is a file of its own because every stage
 * reads it.
 */
import type { Change, Ids } from '../../migration.ts';
import type { Food } from '../dictionary/dictionary.ts';
import type { RawTotals } from '../write/finalise.ts';

/** Whether an item's amounts reach the totals: pending and proposed items count 0 until the user accepts them. */
export type ItemState = 'counted' | 'pending' | 'proposal';

export interface DraftItem {
  /** UUIDv7 as 22 characters of base64url. */
  readonly itemId: string;
  /** The name after NFKC; `unknown_…` once guard e has given up on it. */
  name: string;
  food: Food | undefined;
  /** As eaten. */
  grams: number;
  /** True when the provider stated a mass or a size, so that words about portions are already in it. */
  readonly weighed: boolean;
  /** The provider's figures for the item as eaten; null where it gave none. */
  kcal: number | null;
  p: number | null;
  f: number | null;
  c: number | null;
  readonly alcohol: number | null;
  /** Whose figures count: the dictionary's per 100 g, or the item's own. */
  source: 'dictionary' | 'figures';
  state: ItemState;
  /** The multiplier that a portion word in the item's own name asks for. */
  readonly namedPortion: number | undefined;
  readonly proposed: boolean;
}

export interface Draft {
  /** Where ids of items that a guard adds come from, and the time they carry. */
  readonly ids: Ids;
  readonly atMs: number;
  /** The message after NFKC; empty without one. */
  readonly message: string;
  /** The dish's name after NFKC. */
  readonly dish: string;
  readonly documents: number;
  readonly sections: number;
  readonly slot: Slot;
  event: 'meal' | 'skip';
  items: DraftItem[];
  /** Stable codes in the order they came up, each once. */
  readonly warnings: string[];
  /** Set when guard a refuses the record: nothing later runs and nothing is stored. */
  refused: boolean;
  /** What an added frying oil may be at least and at most, in grams of fat. */
  oil: { readonly low: number; readonly used: number; readonly high: number } | null;
}

export const SLOTS = ['breakfast', 'lunch', 'dinner', 'snack', 'other'] as const;
export type Slot = (typeof SLOTS)[number];

/** A stage of V2: bends the draft and tells what it changed. Most meals pass most stages untouched. */
export interface Stage {
  readonly name: string;
  run(draft: Draft, changes: Change[]): void;
}

/** Notes a warning code once. */
export function warn(draft: Draft, code: string): void {
  if (!draft.warnings.includes(code)) draft.warnings.push(code);
}

/** Adds one item's share of kcal and grams to a sum, unrounded, whatever the item's state. */
export function addItem(sum: RawTotals, item: DraftItem): void {
  const food = item.food;
  if (item.source === 'dictionary' && food) {
    const share = item.grams / 100;
    sum.kcal += food.kcal * share;
    sum.p += food.p * share;
    sum.f += food.f * share;
    sum.c += food.c * share;
    return;
  }
  sum.kcal += item.kcal ?? 0;
  sum.p += item.p ?? 0;
  sum.f += item.f ?? 0;
  sum.c += item.c ?? 0;
}

/** The unrounded sum over counted items: from the dictionary per 100 g, else their own figures. */
export function sumCounted(items: readonly DraftItem[]): RawTotals {
  const sum: RawTotals = { kcal: 0, p: 0, f: 0, c: 0 };
  for (const item of items) if (item.state === 'counted') addItem(sum, item);
  return sum;
}

/** Multiplies an item's grams and with them its own figures. */
export function scaleItem(item: DraftItem, factor: number): void {
  item.grams *= factor;
  if (item.kcal !== null) item.kcal *= factor;
  if (item.p !== null) item.p *= factor;
  if (item.f !== null) item.f *= factor;
  if (item.c !== null) item.c *= factor;
}
