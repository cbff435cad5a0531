/** Guard e: an item outside the dictionary counts with the provider's figures, or waits for the user. */
import type { Change } from '../../../migration.ts';
import { type Draft, type DraftItem, type Stage, warn } from '../draft.ts';

export const GENERIC_PREFIX = 'generic_';
export const UNKNOWN_PREFIX = 'unknown_';

/** Marks an item as unknown: renamed, pending, counting 0. Also where guard g sends what it disbelieves. */
export function makeUnknown(draft: Draft, item: DraftItem, changes: Change[]): void {
  const name = item.name.startsWith(UNKNOWN_PREFIX) ? item.name : `${UNKNOWN_PREFIX}${item.name}`;
  changes.push({ code: 'unknown_food', subject: item.name, from: item.state, to: 'pending' });
  item.name = name;
  item.state = 'pending';
  warn(draft, 'unknown_food');
}

/** Items with the provider's energy count as given; those without become `unknown_…`. */
export const unknown: Stage = {
  name: 'e unknown',
  run(draft: Draft, changes: Change[]): void {
    for (const item of draft.items) {
      if (item.food || item.name.startsWith(GENERIC_PREFIX)) continue;
      if (item.kcal === null) {
        makeUnknown(draft, item, changes);
      } else {
        changes.push({ code: 'provider_figures', subject: item.name, from: null, to: item.kcal });
        warn(draft, 'provider_figures');
      }
    }
  },
};
