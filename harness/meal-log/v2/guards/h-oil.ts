/** Guard h: a deep-fried dish whose items are listed raw drank oil that nobody listed. */
import type { Change } from '../../../migration.ts';
import { isDeepFriedDish } from '../../dictionary/dictionary.ts';
import { type Draft, type DraftItem, type Stage, warn } from '../draft.ts';

/** Shares of the finished weight that frying leaves behind as fat. */
export const OIL_SHARE = 0.1;
export const OIL_LOW = 0.05;
export const OIL_HIGH = 0.15;
const KCAL_PER_GRAM = 9;

/** Adds fat of 10% of the finished weight as an item of its own; low and high bounds stay in the draft. */
export const oil: Stage = {
  name: 'h oil',
  run(draft: Draft, changes: Change[]): void {
    if (!isDeepFriedDish(draft.dish)) return;
    let weight = 0;
    for (const item of draft.items) {
      if (item.food?.fried) return;
      if (item.state === 'counted' && !item.proposed) weight += item.grams;
    }
    if (weight === 0) return;
    const fat = weight * OIL_SHARE;
    draft.items.push(oilItem(fat, draft.ids.shortUuid7('item', draft.atMs)));
    draft.oil = { low: weight * OIL_LOW, used: fat, high: weight * OIL_HIGH };
    changes.push({ code: 'oil_added', subject: draft.dish, from: 0, to: fat });
    warn(draft, 'oil_added');
  },
};

function oilItem(fat: number, itemId: string): DraftItem {
  return {
    itemId,
    name: 'frying_oil',
    food: undefined,
    grams: fat,
    weighed: true,
    kcal: fat * KCAL_PER_GRAM,
    p: 0,
    f: fat,
    c: 0,
    alcohol: null,
    source: 'figures',
    state: 'counted',
    namedPortion: undefined,
    proposed: false,
  };
}
