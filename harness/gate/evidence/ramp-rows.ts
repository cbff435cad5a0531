/**
 * What a ramp says as rows of the report, so that a no turns it red with a code that causes and annotations know. What is
 * still open makes no row: it is neither passed nor failed.
 */
import type { RampAlert, RampBreach, RampReport, Row } from '../../report/shape.ts';
import { countOf } from '../rows.ts';
import { asPercent } from './ramp.ts';

/** Rows of the fields and alerts that are settled; the caller says how a red one is seen again. */
export function rampRows(ramp: RampReport, suite: string): Row[] {
  return [
    ...ramp.breaches.flatMap((one) => breachRow(one, ramp, suite)),
    ...ramp.alerts.flatMap((one) => alertRow(one, ramp, suite)),
  ];
}

/** One field: red where a step says no, green where every step says yes. */
function breachRow(breach: RampBreach, { steps }: RampReport, suite: string): Row[] {
  const { level, field, limit, share } = breach;
  if (limit === null) return [];
  const percents = steps.map(({ percent }) => percent);
  const over = percents.find((percent) => (percent / 100) * share.lower > limit);
  const most = percents.at(-1);
  if (most === undefined) return [];
  if (over === undefined && (most / 100) * share.upper > limit) return [];
  const percent = over ?? most;
  const met = (bound: number): string => asPercent((percent / 100) * bound);
  return [
    {
      suite,
      check: `ramp to ${percent}%: users who meet a breach of ${field}, ${level}`,
      expected: `at most ${asPercent(limit)} of all users`,
      actual: over === undefined ? `up to ${met(share.upper)}` : `${met(share.lower)} or more`,
      of: `${countOf(breach.of, 'user')}, ${breach.users_in_breach} with a breach`,
      passed: over === undefined,
      finding: `breach/${level}/${field}`,
      remedy: '',
    },
  ];
}

function alertRow(one: RampAlert, { watch_seconds }: RampReport, suite: string): Row[] {
  if (one.state === 'open') return [];
  const { estimate, lower, upper } = one.chance;
  const at = one.percent === null ? '' : `, shadow at ${one.percent}%`;
  return [
    {
      suite,
      check: `alert ${one.ruleset}/${one.alert}${at}`,
      expected: `a chance of at most ${asPercent(one.limit)} to fire in ${watch_seconds / 3600} h`,
      actual: `${asPercent(estimate)}, from ${asPercent(lower)} to ${asPercent(upper)}`,
      of: one.basis === 'recorded' ? 'the watches recorded' : 'watches drawn from the people sampled',
      passed: one.state === 'within',
      finding: `alert/${one.ruleset}/${one.alert}`,
      remedy: '',
    },
  ];
}
