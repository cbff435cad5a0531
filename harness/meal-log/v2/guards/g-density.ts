/** Guard g: no food holds more energy than pure fat; figures that claim so are dropped. */
import type { Change } from '../../../migration.ts';
import { type Draft, type Stage, warn } from '../draft.ts';
import { makeUnknown } from './e-unknown.ts';

/** kcal per gram; fat has 9, the rest is rounding. */
export const MAX_DENSITY = 9.3;

export const density: Stage = {
  name: 'g density',
  run(draft: Draft, changes: Change[]): void {
    for (const item of draft.items) {
      if (item.source !== 'figures' || item.state !== 'counted' || item.kcal === null) continue;
      if (item.kcal <= MAX_DENSITY * item.grams) continue;
      changes.push({ code: 'density_rejected', subject: item.name, from: item.kcal / item.grams, to: null });
      item.kcal = null;
      item.p = null;
      item.f = null;
      item.c = null;
      warn(draft, 'density_rejected');
      makeUnknown(draft, item, changes);
    }
  },
};
