/**
 * The header of generated recordings. A file of its own because suites and volume write it alike.
 */
import type { RecordingHeader } from '../../harness/recording/format.ts';

/** The header of a generated recording: from production's point of view, and plainly simulated. */
export function generatedHeader(options: {
  readonly source: string;
  readonly tzOffsetMinutes: number;
  readonly from: string;
  readonly to: string;
  readonly groupedByUser: boolean;
}): RecordingHeader {
  return {
    golem: 'recording',
    version: 1,
    source: options.source,
    env: 'prod',
    tz_offset_minutes: options.tzOffsetMinutes,
    anonymised: false,
    simulated: true,
    captured: { from: options.from, to: options.to },
    ...(options.groupedByUser ? { grouped_by: 'user' as const } : {}),
  };
}
