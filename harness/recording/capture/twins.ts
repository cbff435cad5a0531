/**
 * Puts requests that raced for one idempotency key into the order in which the service took them. Arrival does not
 * tell: of two twins, the one that got the lock asked the provider, and a replay must run that one first, or it finds
 * no recorded answer. A file of its own because it is a rule of its own.
 */
import type { RawWrite } from './raw-write.ts';

/** A raw write with the positions that tell what overlapped what. */
export interface TimedWrite {
  readonly raw: RawWrite;
  readonly arrivedTick: number;
  readonly settledTick: number;
  /** Position of its first upstream call; null when it made none. */
  readonly calledTick: number | null;
}

/**
 * One user's writes in the order of arrival, except that of overlapping writes with the same key the one that called
 * out first stands first. It then carries the time of the one it overtook, so that times never go back.
 */
export function orderTwins(arrived: readonly TimedWrite[]): readonly TimedWrite[] {
  const ordered: TimedWrite[] = [];
  for (const write of arrived) {
    const overtaken = ordered.findIndex(
      (before) =>
        before.raw.requestKey === write.raw.requestKey &&
        before.settledTick > write.arrivedTick &&
        (before.calledTick ?? Number.POSITIVE_INFINITY) > (write.calledTick ?? Number.POSITIVE_INFINITY),
    );
    const at = ordered[overtaken];
    if (at === undefined) ordered.push(write);
    else ordered.splice(overtaken, 0, { ...write, raw: { ...write.raw, atMs: at.raw.atMs } });
  }
  return ordered;
}
