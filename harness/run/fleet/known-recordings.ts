/**
 * Whether the recordings of an order are the same where a worker looks for them: a worker that read others under the
 * same names would hand in a tally of something else.
 */
import { digestEdges } from '../../recording/doors.ts';
import type { FleetOrder } from './order.ts';

/** What is wrong with the first recording that is not the one asked about; null where all are. */
export async function recordingThatDiffers({
  groups,
  identity,
}: Pick<FleetOrder, 'groups' | 'identity'>): Promise<string | null> {
  for (const [group, { files }] of groups.entries()) {
    for (const [at, { name, shown }] of files.entries()) {
      const edges = await digestEdges(name).catch(() => null);
      if (edges === null) return `it cannot read ${shown}`;
      if (edges !== identity.recordings[group]?.[at]?.edges) return `it has another ${shown}`;
    }
  }
  return null;
}
