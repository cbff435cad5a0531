/**
 * The row that keeps silence from reading as an all-clear: can the rules see the recording's environment at all? Its
 * own file because it judges the rules against the recording, not what came of them.
 */
import type { Row } from '../report/shape.ts';
import { countOf, showAgain } from './rows.ts';

/** Red where an alert selects only series of other environments than the recording's. */
export function checkSight(
  suite: string,
  env: string,
  sight: { readonly alerts: number; readonly blind: readonly string[] },
): Row {
  const { alerts, blind } = sight;
  const passed = blind.length === 0;
  return {
    suite,
    check: `alerts that can see env "${env}"`,
    expected: 'all of them',
    actual: passed ? 'all of them' : `not ${blind.slice(0, 2).join(', ')}${blind.length > 2 ? ', …' : ''}`,
    of: countOf(alerts, 'alert'),
    passed,
    finding: 'alert_blind',
    remedy: passed ? '' : showAgain(suite),
  };
}
