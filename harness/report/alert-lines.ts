/**
 * Which of a report's alerts a reader needs: for each alert and rule set the one that came nearest to firing where it
 * must not, and beside it what fired where it may. One file, so that terminal and summary tell the same.
 */
import type { AlertReport, Report } from './shape.ts';

/** One alert of one rule set over all suites that must pass. */
export interface AlertLine {
  readonly alert: string;
  /** Null where no suite forbids it. */
  readonly nearest: AlertReport | null;
}

export interface RuleSetLines {
  readonly ruleset: string;
  readonly lines: readonly AlertLine[];
  /** What fired in suites that allow it, by suite. */
  readonly allowed: readonly { readonly suite: string; readonly alerts: readonly string[] }[];
}

/** The lines of each rule set, in the report's order. Suites that must fail are left out: there an alert is the point. */
export function alertLines(report: Pick<Report, 'alerts' | 'suites'>): RuleSetLines[] {
  const mustFail = new Set(
    report.suites.filter(({ must_fail }) => must_fail !== null).map(({ suite }) => suite),
  );
  const counted = report.alerts.filter(({ suite }) => !mustFail.has(suite));
  return [...Map.groupBy(counted, ({ ruleset }) => ruleset)].map(([ruleset, alerts]) => ({
    ruleset,
    lines: [...Map.groupBy(alerts, ({ alert }) => alert)].map(([alert, all]) => ({
      alert,
      nearest: nearestOf(all.filter(({ allowed }) => !allowed)),
    })),
    allowed: [
      ...Map.groupBy(
        alerts.filter(({ allowed, state }) => allowed && state === 'firing'),
        ({ suite }) => suite,
      ),
    ].map(([suite, fired]) => ({ suite, alerts: [...new Set(fired.map(({ alert }) => alert))] })),
  }));
}

const RANK = { firing: 0, pending: 1, inactive: 2 } as const;

function nearestOf(alerts: readonly AlertReport[]): AlertReport | null {
  const sorted = alerts.toSorted(
    (a, b) => RANK[a.state] - RANK[b.state] || (a.headroom ?? Infinity) - (b.headroom ?? Infinity),
  );
  return sorted[0] ?? null;
}

/** The texts of a line: state, peak, observations behind it, limit, room to it, who is notified. */
export function alertCells({ nearest }: AlertLine): readonly string[] {
  if (!nearest) return ['allowed', '-', '-', '-', '-', '-'];
  const { peak, observations, comparison, threshold, headroom, receiver } = nearest;
  const figure = (value: number | null): string =>
    value === null ? '-' : String(Number(value.toPrecision(4)));
  return [
    stateText(nearest),
    figure(peak),
    observations === null ? '-' : String(observations),
    threshold === null ? '-' : `${comparison} ${threshold}`,
    figure(headroom),
    receiver ?? '-',
  ];
}

function stateText(alert: AlertReport): string {
  if (isOverScaledUp(alert)) return 'scaled';
  return alert.state === 'inactive' ? 'quiet' : alert.state;
}

/** True where a sample stayed under the threshold that its count, scaled up to all of production, is over. */
function isOverScaledUp({ state, headroom }: AlertReport): boolean {
  return state === 'inactive' && headroom !== null && headroom < 0;
}

export const ALERT_HEADS = ['State', 'Peak', 'n', 'Limit', 'Room', 'Notifies'] as const;

/** What else must be known to read the lines of all rule sets. */
export function alertNotes(sets: readonly RuleSetLines[]): string[] {
  const notes: string[] = [];
  const shown = sets.flatMap(({ lines }) => lines.flatMap(({ nearest }) => nearest ?? []));
  if (shown.some(({ headroom }) => headroom !== null && headroom < 0))
    notes.push('Room: what is left to the limit; below 0 the peak is beyond it by so much.');
  if (shown.some(({ state }) => state === 'pending'))
    notes.push('pending: beyond the limit, yet never for as long as the rule waits before it fires.');
  if (sets.some(({ lines }) => lines.some(({ nearest }) => nearest?.thin)))
    notes.push(
      'n: observations in the window at the peak. Under 20 it is thin: the quantile is nearly the maximum.',
    );
  if (sets.some(({ lines }) => lines.some(({ nearest }) => nearest && isOverScaledUp(nearest))))
    notes.push(
      'scaled: the sample stayed under the limit; scaled up to all of production its peak does not. How likely ' +
        'it fires stands above.',
    );
  for (const { ruleset, allowed } of sets) {
    if (allowed.length === 0) continue;
    const suites = allowed.map(({ suite, alerts }) => `${suite} (${alerts.length})`);
    notes.push(`Fired where they may, ${ruleset}: ${suites.join(', ')}.`);
  }
  return notes;
}
