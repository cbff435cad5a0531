/** Guard a: bounds what one record may hold, so that nothing later has to fear its size. */
import type { Change } from '../../../migration.ts';
import { type Draft, scaleItem, type Stage, warn } from '../draft.ts';

export const MAX_ITEMS = 15;
export const MIN_GRAMS = 1;
export const MAX_GRAMS = 2000;
export const MAX_DOCUMENTS = 3;
export const MAX_SECTIONS = 8;

/** Keeps the first 15 items, clamps grams to 1–2000 and refuses over 3 documents or 8 sections. */
export const limits: Stage = {
  name: 'a limits',
  run(draft: Draft, changes: Change[]): void {
    if (draft.documents > MAX_DOCUMENTS || draft.sections > MAX_SECTIONS) {
      draft.refused = true;
      warn(draft, 'v2_rejected');
      const documents = draft.documents > MAX_DOCUMENTS;
      changes.push({
        code: 'v2_rejected',
        subject: documents ? 'documents' : 'sections',
        from: documents ? draft.documents : draft.sections,
        to: documents ? MAX_DOCUMENTS : MAX_SECTIONS,
      });
      return;
    }
    if (draft.items.length > MAX_ITEMS) {
      changes.push({ code: 'items_truncated', subject: 'items', from: draft.items.length, to: MAX_ITEMS });
      draft.items = draft.items.slice(0, MAX_ITEMS);
      warn(draft, 'items_truncated');
    }
    for (const item of draft.items) {
      if (item.grams >= MIN_GRAMS && item.grams <= MAX_GRAMS) continue;
      const clamped = Math.min(MAX_GRAMS, Math.max(MIN_GRAMS, item.grams));
      changes.push({ code: 'grams_clamped', subject: item.name, from: item.grams, to: clamped });
      // An item of no weight, or next to none, has nothing to scale by: it keeps its figures and gets the least weight.
      const factor = clamped / item.grams;
      if (Number.isFinite(factor)) scaleItem(item, factor);
      item.grams = clamped;
      warn(draft, 'grams_clamped');
    }
  },
};
