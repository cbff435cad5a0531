/**
 * Who is notified when: Alertmanager's grouping, inhibition, time intervals, silences and deduplication over virtual
 * time, from the firing spans of alerts to the messages its receivers would get.
 */
import type { AlertmanagerConfig, InhibitRule, Receiver, Route } from './alertmanager-config.ts';
import { compileAlertMatchers } from './matcher-syntax.ts';
import { groupLabelsOf, matchRoutes, withExternalLabels } from './routing.ts';
import { holdsAt } from './time-interval.ts';
import { compareLabels, labelValue, type Labels } from '../promql/labels.ts';
import type { LabelMatcher } from '../promql/matchers.ts';

/** One time an alert fired, from its first firing evaluation until it was resolved (Infinity while it still fires). */
export interface FiringSpan {
  readonly labels: Labels;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

export interface Silence {
  readonly matchers: readonly LabelMatcher[];
  readonly fromMs: number;
  readonly toMs: number;
}

export interface NotificationOptions {
  /** How long to look: group ticks after this are not simulated. */
  readonly untilMs: number;
  readonly externalLabels?: Readonly<Record<string, string>>;
  readonly silences?: readonly Silence[];
}

/** One message to one receiver. */
export interface Notification {
  readonly atMs: number;
  readonly receiver: string;
  readonly integration: string;
  readonly groupLabels: Labels;
  readonly firing: readonly Labels[];
  readonly resolved: readonly Labels[];
}

/** What the last message to a receiver's integration held, for deduplication. */
interface LogEntry {
  readonly atMs: number;
  readonly firing: ReadonlySet<string>;
  readonly resolved: ReadonlySet<string>;
}

interface Group {
  readonly route: Route;
  readonly labels: Labels;
  /** The newest span of each alert, by its labels. */
  readonly alerts: Map<string, FiringSpan>;
  nextFlushMs: number;
}

/** Alertmanager's maintenance drops empty groups this often. */
const MAINTENANCE_MS = 30_000;

/** Simulates Alertmanager over the spans in which alerts fired; messages in the order of time. */
export function simulateNotifications(
  config: AlertmanagerConfig,
  spans: readonly FiringSpan[],
  options: NotificationOptions,
): readonly Notification[] {
  const arrivals = spans
    .map((span) => ({ ...span, labels: withExternalLabels(span.labels, options.externalLabels ?? {}) }))
    .sort((a, b) => a.startsAtMs - b.startsAtMs || compareLabels(a.labels, b.labels));
  const silences = (options.silences ?? []).map((silence) => ({
    ...silence,
    matches: compileAlertMatchers(silence.matchers),
  }));
  const groups = new Map<string, Group>();
  const log = new Map<string, LogEntry>();
  const notifications: Notification[] = [];
  let next = 0;
  for (;;) {
    const arrivalMs = arrivals[next]?.startsAtMs ?? Infinity;
    const flushMs = Math.min(Infinity, ...[...groups.values()].map((group) => group.nextFlushMs));
    const nowMs = Math.min(arrivalMs, flushMs);
    if (!(nowMs <= options.untilMs)) return notifications;
    if (arrivalMs <= flushMs) {
      insert(config, groups, arrivals[next]!, nowMs);
      next++;
      continue;
    }
    for (const [key, group] of groups) {
      if (group.nextFlushMs !== nowMs) continue;
      group.nextFlushMs += group.route.groupIntervalMs;
      const isMuted = (labels: Labels): boolean =>
        isInhibited(config.inhibitRules, labels, arrivals, nowMs) ||
        silences.some(
          (silence) => nowMs >= silence.fromMs && nowMs < silence.toMs && silence.matches(labels),
        );
      notifications.push(...flush(config, key, group, nowMs, isMuted, log));
      for (const [alertKey, span] of group.alerts) if (span.endsAtMs <= nowMs) group.alerts.delete(alertKey);
      // An emptied group is dropped by the next maintenance; an alert that comes back before its tick finds it.
      if (group.alerts.size === 0) dropIfIdle(groups, key, group, arrivals, next, nowMs);
    }
  }
}

function insert(
  config: AlertmanagerConfig,
  groups: Map<string, Group>,
  span: FiringSpan,
  nowMs: number,
): void {
  for (const route of matchRoutes(config.route, span.labels)) {
    const labels = groupLabelsOf(route, span.labels);
    const key = `${routeKey(config.route, route)}:${labels.key}`;
    let group = groups.get(key);
    if (!group) {
      group = { route, labels, alerts: new Map(), nextFlushMs: nowMs + route.groupWaitMs };
      groups.set(key, group);
    }
    group.alerts.set(span.labels.key, span);
  }
}

/** A route's place in the tree, so that two equal routes keep groups of their own. */
function routeKey(root: Route, target: Route): string {
  const walk = (route: Route, path: string): string | undefined => {
    if (route === target) return path;
    for (const [at, child] of route.routes.entries()) {
      const found = walk(child, `${path}.${at}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return walk(root, '0') ?? '';
}

function dropIfIdle(
  groups: Map<string, Group>,
  key: string,
  group: Group,
  arrivals: readonly FiringSpan[],
  next: number,
  nowMs: number,
): void {
  const returns = arrivals.slice(next).some((span) => {
    if (span.startsAtMs > nowMs + MAINTENANCE_MS) return false;
    return (
      group.route.matches(span.labels) && groupLabelsOf(group.route, span.labels).key === group.labels.key
    );
  });
  if (!returns) groups.delete(key);
}

/** An alert is inhibited while a firing source has the same values in the labels named; one that is both is no source for itself. */
function isInhibited(
  rules: readonly InhibitRule[],
  labels: Labels,
  spans: readonly FiringSpan[],
  nowMs: number,
): boolean {
  return rules.some((rule) => {
    if (!rule.isTarget(labels)) return false;
    const isBoth = rule.isSource(labels);
    return spans.some(
      (span) =>
        span.startsAtMs <= nowMs &&
        span.endsAtMs > nowMs &&
        rule.isSource(span.labels) &&
        !(isBoth && rule.isTarget(span.labels)) &&
        rule.equal.every((name) => labelValue(span.labels, name) === labelValue(labels, name)),
    );
  });
}

function flush(
  config: AlertmanagerConfig,
  key: string,
  group: Group,
  nowMs: number,
  isMuted: (labels: Labels) => boolean,
  log: Map<string, LogEntry>,
): Notification[] {
  const { route } = group;
  if (group.alerts.size === 0 || isOutOfHours(config, route, nowMs)) return [];
  const heard = [...group.alerts.values()]
    .filter((span) => !isMuted(span.labels))
    .sort((a, b) => compareLabels(a.labels, b.labels));
  if (heard.length === 0) return [];
  const firing = heard.filter((span) => span.endsAtMs > nowMs).map((span) => span.labels);
  const resolved = heard.filter((span) => span.endsAtMs <= nowMs).map((span) => span.labels);
  const receiver: Receiver = config.receivers.get(route.receiver) ?? {
    name: route.receiver,
    integrations: [],
  };
  const sent: Notification[] = [];
  for (const [at, integration] of receiver.integrations.entries()) {
    const logKey = `${key} ${receiver.name} ${at}`;
    if (
      !needsUpdate(
        log.get(logKey),
        firing,
        resolved,
        integration.sendsResolved,
        route.repeatIntervalMs,
        nowMs,
      )
    )
      continue;
    log.set(logKey, {
      atMs: nowMs,
      firing: new Set(firing.map((one) => one.key)),
      resolved: new Set(resolved.map((one) => one.key)),
    });
    const told = integration.sendsResolved ? resolved : [];
    if (firing.length === 0 && told.length === 0) continue;
    sent.push({
      atMs: nowMs,
      receiver: receiver.name,
      integration: integration.kind,
      groupLabels: group.labels,
      firing,
      resolved: told,
    });
  }
  return sent;
}

function isOutOfHours(config: AlertmanagerConfig, route: Route, nowMs: number): boolean {
  const holds = (name: string): boolean =>
    (config.timeIntervals.get(name) ?? []).some((interval) => holdsAt(interval, nowMs));
  if (route.muteTimeIntervals.some(holds)) return true;
  return route.activeTimeIntervals.length > 0 && !route.activeTimeIntervals.some(holds);
}

/** Alertmanager's deduplication: a message is due when something new fires, all is resolved, or the repeat interval has passed. */
function needsUpdate(
  entry: LogEntry | undefined,
  firing: readonly Labels[],
  resolved: readonly Labels[],
  sendsResolved: boolean,
  repeatIntervalMs: number,
  nowMs: number,
): boolean {
  if (!entry) return firing.length > 0;
  if (firing.some((one) => !entry.firing.has(one.key))) return true;
  if (firing.length === 0) return entry.firing.size > 0;
  if (sendsResolved && resolved.some((one) => !entry.resolved.has(one.key))) return true;
  return entry.atMs < nowMs - repeatIntervalMs;
}
