/**
 * One alerting rule's state machine: which of its alerts are pending, firing or resolved, to the evaluation.
 * Pure of expressions and templates, so that its rules (`for`, `keep_firing_for`, retention) can be read and tested alone.
 */
import type { Labels } from '../promql/labels.ts';

/** How long a resolved alert is remembered, ms: Prometheus keeps telling Alertmanager of it that long. */
export const RESOLVED_RETENTION_MS = 15 * 60_000;

export type AlertState = 'pending' | 'firing' | 'inactive';

/** One alert of a rule. `inactive` means resolved and still remembered. Times in ms of virtual time. */
export interface Alert {
  /** Its identity: the sample's labels without the name, overridden by the rule's, and `alertname`. */
  readonly labels: Labels;
  state: AlertState;
  /** The value at the last evaluation that returned it, and the sample's own labels then. */
  value: number;
  sampleLabels: Labels;
  readonly activeAtMs: number;
  firedAtMs: number | undefined;
  resolvedAtMs: number | undefined;
  keepFiringSinceMs: number | undefined;
}

/** What one evaluation returned for one alert. */
export interface AlertResult {
  readonly labels: Labels;
  readonly sampleLabels: Labels;
  readonly value: number;
}

/** One change of an alert's state; `from` is undefined for a new alert, `to` for one that is gone unfired. */
export interface AlertTransition {
  readonly atMs: number;
  readonly labels: Labels;
  readonly from: AlertState | undefined;
  readonly to: AlertState | undefined;
  readonly value: number;
}

export interface AlertTimes {
  readonly forMs: number;
  readonly keepFiringForMs: number;
}

/** The alerts of one rule, by the key of their labels. */
export type ActiveAlerts = Map<string, Alert>;

/**
 * Steps a rule's alerts by one evaluation, changing `active`.
 *
 * New results are pending; a pending alert fires at the first evaluation with t − activeAt ≥ `for`; one miss deletes a
 * pending alert; a firing one that misses is kept for `keep_firing_for` from its first miss, then resolved and
 * remembered for 15 minutes; if it comes back, it starts anew. Results must have distinct labels.
 * @returns the changes, in the order of the results, then of the alerts that missed.
 */
export function stepAlerts(
  active: ActiveAlerts,
  results: readonly AlertResult[],
  times: AlertTimes,
  atMs: number,
): readonly AlertTransition[] {
  if (results.length === 0 && active.size === 0) return NO_TRANSITIONS;
  const transitions: AlertTransition[] = [];
  const change = (alert: Alert, from: AlertState | undefined, to: AlertState | undefined): void => {
    transitions.push({ atMs, labels: alert.labels, from, to, value: alert.value });
  };
  const returned = new Set<string>();
  for (const result of results) {
    returned.add(result.labels.key);
    const alert = active.get(result.labels.key);
    if (alert && alert.state !== 'inactive') {
      alert.value = result.value;
      alert.sampleLabels = result.sampleLabels;
      continue;
    }
    const fresh: Alert = {
      ...result,
      state: 'pending',
      activeAtMs: atMs,
      firedAtMs: undefined,
      resolvedAtMs: undefined,
      keepFiringSinceMs: undefined,
    };
    active.set(result.labels.key, fresh);
    change(fresh, alert?.state, 'pending');
  }
  for (const [key, alert] of active) {
    if (!returned.has(key)) {
      stepMissed(active, key, alert, times, atMs, change);
      if (alert.state === 'inactive' || !active.has(key)) continue;
    } else {
      alert.keepFiringSinceMs = undefined;
    }
    if (alert.state === 'pending' && atMs - alert.activeAtMs >= times.forMs) {
      alert.state = 'firing';
      alert.firedAtMs = atMs;
      change(alert, 'pending', 'firing');
    }
  }
  return transitions;
}

const NO_TRANSITIONS: readonly AlertTransition[] = [];

function stepMissed(
  active: ActiveAlerts,
  key: string,
  alert: Alert,
  times: AlertTimes,
  atMs: number,
  change: (alert: Alert, from: AlertState | undefined, to: AlertState | undefined) => void,
): void {
  if (alert.state === 'firing' && times.keepFiringForMs > 0) {
    alert.keepFiringSinceMs ??= atMs;
    if (atMs - alert.keepFiringSinceMs < times.keepFiringForMs) return;
  }
  if (alert.state === 'pending') {
    active.delete(key);
    change(alert, 'pending', undefined);
    return;
  }
  if (alert.resolvedAtMs !== undefined && atMs - alert.resolvedAtMs > RESOLVED_RETENTION_MS) {
    active.delete(key);
    return;
  }
  if (alert.state === 'firing') {
    alert.state = 'inactive';
    alert.resolvedAtMs = atMs;
    change(alert, 'firing', 'inactive');
  }
}
