/** Defects of V2's guards: a skip that was a meal, and a guard that throws. */
import type { Variant } from '../write/variant.ts';
import { type Stage, warn } from '../v2/draft.ts';
import { computeV2, healthyStages } from '../v2/pipeline.ts';

/** Replaces one guard by name. */
function replaceGuard(healthy: Variant, name: string, guard: Stage): Variant {
  const stages = healthyStages(false);
  const guards = stages.guards.map((stage) => (stage.name === name ? guard : stage));
  return { ...healthy, computeV2: (input) => computeV2(input, { ...stages, guards }) };
}

/** Reads any message with a word of skipping as a skip, whatever else it says was eaten. */
export function skipMeal(healthy: Variant): Variant {
  return replaceGuard(healthy, 'b skip', {
    name: 'b skip',
    run(draft, changes) {
      if (!/skipped|抜き|抜いた/.test(draft.message)) return;
      changes.push({ code: 'skip_detected', subject: 'event', from: 'meal', to: 'skip' });
      draft.event = 'skip';
      draft.items = [];
      warn(draft, 'skip_detected');
    },
  });
}

/** Throws on every dish of more than one item. */
export function v2Throws(healthy: Variant): Variant {
  return replaceGuard(healthy, 'd duplicates', {
    name: 'd duplicates',
    run(draft) {
      if (draft.items.length > 1) throw new TypeError('cannot merge a dish of several items');
    },
  });
}
