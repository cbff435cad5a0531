/** Guard j: a side dish the provider proposes was not eaten until the user says so. */
import type { Change } from '../../../migration.ts';
import { type Draft, type Stage, warn } from '../draft.ts';

export const proposals: Stage = {
  name: 'j proposals',
  run(draft: Draft, changes: Change[]): void {
    for (const item of draft.items) {
      if (!item.proposed || item.state === 'proposal') continue;
      changes.push({ code: 'proposal_kept', subject: item.name, from: item.state, to: 'proposal' });
      item.state = 'proposal';
      warn(draft, 'proposal_kept');
    }
  },
};
