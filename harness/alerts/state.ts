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
  /** The last evaluation that returned it. */
  returnedAtMs: number;
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
  const transitions = new Transitions(atMs);
  for (const result of results) {
    const alert = active.get(result.labels.key);
    if (alert && alert.state !== 'inactive') {
      alert.value = result.value;
      alert.sampleLabels = result.sampleLabels;
      alert.returnedAtMs = atMs;
      continue;
    }
    const fresh: Alert = {
      ...result,
      state: 'pending',
      activeAtMs: atMs,
      firedAtMs: undefined,
      resolvedAtMs: undefined,
      keepFiringSinceMs: undefined,
      returnedAtMs: atMs,
    };
    active.set(result.labels.key, fresh);
    transitions.add(fresh, alert?.state, 'pending');
  }
  for (const alert of active.values()) {
    if (alert.returnedAtMs === atMs) alert.keepFiringSinceMs = undefined;
    else if (!stepMissed(active, alert, times, transitions)) continue;
    if (alert.state === 'pending' && atMs - alert.activeAtMs >= times.forMs) {
      alert.state = 'firing';
      alert.firedAtMs = atMs;
      transitions.add(alert, 'pending', 'firing');
    }
  }
  return transitions.all;
}

const NO_TRANSITIONS: readonly AlertTransition[] = [];

/** The changes of one evaluation; most have none. */
class Transitions {
  readonly atMs: number;
  private list: AlertTransition[] | undefined;

  constructor(atMs: number) {
    this.atMs = atMs;
  }

  get all(): readonly AlertTransition[] {
    return this.list ?? NO_TRANSITIONS;
  }

  add({ labels, value }: Alert, from: AlertState | undefined, to: AlertState | undefined): void {
    this.list ??= [];
    this.list.push({ atMs: this.atMs, labels, from, to, value });
  }
}

/** Steps an alert that was not returned; false where it is resolved or gone. */
function stepMissed(
  active: ActiveAlerts,
  alert: Alert,
  times: AlertTimes,
  transitions: Transitions,
): boolean {
  const { atMs } = transitions;
  if (alert.state === 'firing') {
    if (times.keepFiringForMs > 0) {
      alert.keepFiringSinceMs ??= atMs;
      if (atMs - alert.keepFiringSinceMs < times.keepFiringForMs) return true;
    }
    alert.state = 'inactive';
    alert.resolvedAtMs = atMs;
    transitions.add(alert, 'firing', 'inactive');
  } else if (alert.state === 'pending') {
    active.delete(alert.labels.key);
    transitions.add(alert, 'pending', undefined);
  } else if (atMs - alert.resolvedAtMs! > RESOLVED_RETENTION_MS) {
    active.delete(alert.labels.key);
  }
  return false;
}
