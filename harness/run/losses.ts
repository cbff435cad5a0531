/**
 * Writes that a capture could not write down, as the headers of recordings count them. A file of its own because a replay,
 * its shards and their merge must draw the same conclusion from them: nobody knows whether what was not recorded erred, so
 * it is no reason for a no and stands against every yes.
 */
import type { Limits } from '../config.ts';
import { countOf, formatNumber } from '../gate/rows.ts';
import type { RampReason, Report } from '../report/shape.ts';

/** Writes lost, by the reason that the capture gave; only counts over 0. */
export type Losses = Readonly<Record<string, number>>;

/** The losses of several recordings together, by reason in order of its name. */
export function addLosses(all: readonly Losses[]): Losses {
  const sums = new Map<string, number>();
  for (const [reason, count] of all.flatMap((one) => Object.entries(one)))
    sums.set(reason, (sums.get(reason) ?? 0) + count);
  return Object.fromEntries([...sums].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** What stands against a go at every step of a ramp: nothing while no more is lost than records may be skipped. */
export function lossReasons(losses: Losses, { skipped = 0 }: Pick<Limits, 'skipped'>): RampReason[] {
  const lost = totalOf(losses);
  if (lost <= skipped) return [];
  const detail = `${formatNumber(lost)}, ${formatNumber(skipped)} allowed`;
  return [{ code: 'dropped', state: 'open', subject: 'writes that were not recorded', detail }];
}

/** The report with what was not recorded: in its figures, in its last line, and never a pass where it is too much. */
export function withLosses(report: Report, losses: Losses, limits: Pick<Limits, 'skipped'>): Report {
  const lost = totalOf(losses);
  if (lost === 0) return report;
  const isOpen = report.verdict === 'pass' && lossReasons(losses, limits).length > 0;
  const verdict = isOpen ? 'inconclusive' : report.verdict;
  const said = report.summary.replace(/^golem: \w+/, `golem: ${verdict}`);
  return {
    ...report,
    verdict,
    exit: isOpen ? 2 : report.exit,
    dropped: losses,
    summary: `${said}, ${countOf(lost, 'write')} not recorded`,
  };
}

function totalOf(losses: Losses): number {
  return Object.values(losses).reduce((sum, count) => sum + count, 0);
}
