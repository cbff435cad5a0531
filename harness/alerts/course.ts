/**
 * What happened when: every change of every alert of all rule sets, and every message to a receiver, as plain values
 * that a report or a file can hold. Each rule set is notified by itself, as if production ran it alone.
 */
import { labelRecord } from '../promql/labels.ts';
import { firingSpans } from './firing-spans.ts';
import { simulateNotifications } from './notifications.ts';
import type { AlertPlan, AlertRun } from './rule-sets.ts';

type LabelTexts = Readonly<Record<string, string>>;

/** One change of one alert; `to` is null for one that is gone without having fired. */
export interface AlertChange {
  readonly at: string;
  readonly ruleset: string;
  readonly alert: string;
  readonly labels: LabelTexts;
  readonly from: 'pending' | 'firing' | 'inactive' | null;
  readonly to: 'pending' | 'firing' | 'inactive' | null;
  /** Null where it is no finite number. */
  readonly value: number | null;
}

/** One message to one receiver. */
export interface NotificationSent {
  readonly at: string;
  readonly ruleset: string;
  readonly receiver: string;
  readonly integration: string;
  readonly group: LabelTexts;
  readonly firing: readonly LabelTexts[];
  readonly resolved: readonly LabelTexts[];
}

export interface AlertCourse {
  readonly timeline: readonly AlertChange[];
  readonly notifications: readonly NotificationSent[];
  readonly failures: readonly {
    readonly ruleset: string;
    readonly rule: string;
    readonly at: string;
    readonly reason: string;
  }[];
}

/** The course of a run; without routes nobody is notified. */
export function alertCourse(run: AlertRun, plan: AlertPlan): AlertCourse {
  const { intervalMs } = plan.settings;
  const untilMs = run.scrapes.to * run.scrapes.intervalMs;
  return {
    timeline: run.sets
      .flatMap(({ set, emulation }) =>
        emulation.entries.map((entry) => ({
          atMs: entry.atMs,
          change: {
            at: instant(entry.atMs),
            ruleset: set.name,
            alert: entry.rule.name,
            labels: labelRecord(entry.labels),
            from: entry.from ?? null,
            to: entry.to ?? null,
            value: Number.isFinite(entry.value) ? entry.value : null,
          },
        })),
      )
      .sort((a, b) => a.atMs - b.atMs)
      .map(({ change }) => change),
    notifications: run.sets
      .flatMap(({ set, emulation }) => {
        if (!plan.alertmanager) return [];
        const spans = firingSpans(emulation, intervalMs);
        return simulateNotifications(plan.alertmanager, spans, { untilMs }).map((sent) => ({ set, sent }));
      })
      .sort((a, b) => a.sent.atMs - b.sent.atMs)
      .map(({ set, sent }) => ({
        at: instant(sent.atMs),
        ruleset: set.name,
        receiver: sent.receiver,
        integration: sent.integration,
        group: labelRecord(sent.groupLabels),
        firing: sent.firing.map(labelRecord),
        resolved: sent.resolved.map(labelRecord),
      })),
    failures: run.faults.map(({ ruleset, rule, atMs, reason }) => ({
      ruleset,
      rule,
      at: instant(atMs),
      reason,
    })),
  };
}

/** A virtual time as people write it: to the second where it is a whole one, in UTC. */
export function instant(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z');
}
