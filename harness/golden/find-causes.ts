/**
 * Causes of changed cases by the places that changed: cases in which the same values of the same sides moved the same
 * way share one. A file of its own because it is the seam between golden files, which know cases, and causes.
 */
import { shortHash } from './canonical.ts';
import type { CaseCause, FindCauses } from './case-causes.ts';
import { type OutcomeChange, outcomeChanges } from './changes.ts';
import { byCodeUnit } from './json.ts';

/** Groups changes by their signature, the most frequent first. */
export const findCauses: FindCauses = (changes) => {
  const bySignature = new Map<string, { count: number; cases: Set<string> }>();
  for (const { name, accepted, current } of changes) {
    if (accepted === null || current === null) continue;
    const own = outcomeChanges(accepted, current).filter(({ side }) => side !== 'derived');
    for (const [, ofRecord] of Map.groupBy(own, ({ record }) => record)) {
      const signature = [...new Set(ofRecord.map(signatureOf))].sort(byCodeUnit).join(', ');
      const group = bySignature.get(signature) ?? { count: 0, cases: new Set() };
      group.count += ofRecord.length;
      group.cases.add(name);
      bySignature.set(signature, group);
    }
  }
  return [...bySignature]
    .map(
      ([signature, { count, cases }]): CaseCause => ({
        id: shortHash(signature).slice('sha256:'.length, 'sha256:'.length + 8),
        label: signature,
        count,
        cases: [...cases].sort(byCodeUnit),
      }),
    )
    .sort((a, b) => b.cases.length - a.cases.length || byCodeUnit(a.id, b.id));
};

function signatureOf({ path, kind, accepted, seen }: OutcomeChange): string {
  const isNumeric = typeof accepted === 'number' && typeof seen === 'number';
  return `${path.replaceAll(/\/\d+(?=\/|$)/g, '')} ${isNumeric ? (seen > accepted ? 'up' : 'down') : kind}`;
}
