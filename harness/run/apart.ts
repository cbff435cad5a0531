/**
 * Recordings whose headers differ, which are replayed as groups of their own. A file of its own because a replay and the
 * merge of its shards must draw the same conclusion: a user of two groups is taken for two people, and bounds over people
 * then claim more than was seen.
 */
import type { RampReason } from '../report/shape.ts';

/** What stands against a go at every step of a ramp over so many groups: nothing where all headers agree. */
export function apartReasons(groups: number): RampReason[] {
  if (groups <= 1) return [];
  return [
    {
      code: 'apart',
      state: 'open',
      subject: 'recordings with different headers are replayed apart',
      detail: 'who is in two of them counts twice; replay them one by one',
    },
  ];
}
