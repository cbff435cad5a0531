/** Guard f: a generic stand-in is an offer; it counts nothing until the user accepts it. */
import type { Change } from '../../../migration.ts';
import { type Draft, type Stage, warn } from '../draft.ts';
import { GENERIC_PREFIX } from './e-unknown.ts';

export const generic: Stage = {
  name: 'f generic',
  run(draft: Draft, changes: Change[]): void {
    for (const item of draft.items) {
      if (!item.name.startsWith(GENERIC_PREFIX) || item.state !== 'counted') continue;
      changes.push({ code: 'generic_food', subject: item.name, from: item.state, to: 'pending' });
      item.state = 'pending';
      warn(draft, 'generic_food');
    }
  },
};
