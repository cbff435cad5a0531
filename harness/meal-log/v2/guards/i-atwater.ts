/** Guard i: where an item's macros do not explain its energy, the energy is believed and the macros are scaled. */
import type { Change } from '../../../migration.ts';
import { type Draft, type Stage, warn } from '../draft.ts';

/** Tolerated share of the Atwater energy. */
export const TOLERANCE = 0.1;
const ALCOHOL_KCAL_PER_GRAM = 7;

/** Scales macros by kcal ÷ (4P + 9F + 4C + 7·alcohol) where the figures are off by over 10% of it. */
export const atwater: Stage = {
  name: 'i Atwater',
  run(draft: Draft, changes: Change[]): void {
    for (const item of draft.items) {
      if (item.source !== 'figures' || item.state !== 'counted' || item.kcal === null) continue;
      const p = item.p ?? 0;
      const f = item.f ?? 0;
      const c = item.c ?? 0;
      const energy = 4 * p + 9 * f + 4 * c + ALCOHOL_KCAL_PER_GRAM * (item.alcohol ?? 0);
      // Without a single macro there is nothing to scale; the energy stands alone.
      if (p + f + c === 0 || Math.abs(item.kcal - energy) <= TOLERANCE * energy) continue;
      const scale = item.kcal / energy;
      item.p = p * scale;
      item.f = f * scale;
      item.c = c * scale;
      changes.push({ code: 'reconciled', subject: item.name, from: energy, to: item.kcal });
      warn(draft, 'reconciled');
    }
  },
};
