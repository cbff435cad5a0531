/** Guard c: words about the size of a portion multiply the grams of what nobody weighed. */
import type { Change } from '../../../migration.ts';
import { portionFactor } from '../../dictionary/quantity.ts';
import { type Draft, scaleItem, type Stage, warn } from '../draft.ts';

export const MIN_FACTOR = 0.1;
export const MAX_FACTOR = 3;

/**
 * Applies the factor of the item's own name, else of the message, clamped to 0.1–3. Items whose mass the provider
 * stated keep it: the word is already in the number.
 */
export const portion: Stage = {
  name: 'c portion',
  run(draft: Draft, changes: Change[]): void {
    let said: number | undefined;
    let asked = false;
    for (const item of draft.items) {
      if (item.weighed) continue;
      if (item.namedPortion === undefined && !asked) {
        said = portionFactor(draft.message);
        asked = true;
      }
      const wanted = item.namedPortion ?? said;
      if (wanted === undefined || wanted === 1) continue;
      const factor = Math.min(MAX_FACTOR, Math.max(MIN_FACTOR, wanted));
      const before = item.grams;
      scaleItem(item, factor);
      changes.push({ code: 'portion_applied', subject: item.name, from: before, to: item.grams });
      warn(draft, 'portion_applied');
      if (factor !== wanted) {
        changes.push({ code: 'portion_clamped', subject: item.name, from: wanted, to: factor });
        warn(draft, 'portion_clamped');
      }
    }
  },
};
