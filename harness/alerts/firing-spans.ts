/**
 * From a timeline to what Alertmanager is told: the spans in which each alert fired, as far as Prometheus kept saying so.
 * A rule that fails sends nothing, and Alertmanager resolves its alerts at the last send + 4 × max(interval, 1 min).
 */
import type { FiringSpan } from './notifications.ts';
import type { AlertTimeline, TimelineEntry } from './timeline.ts';

/** What of a timeline tells when its alerts fired. */
type FiringCourse = Pick<AlertTimeline, 'entries' | 'failing'>;

/** Prometheus' `--rules.alert.resend-delay`. */
const RESEND_DELAY_MS = 60_000;

/** The spans of all alerts of a timeline; `intervalMs` is the interval of groups that name none. */
export function firingSpans(timeline: FiringCourse, intervalMs: number): FiringSpan[] {
  const spans: FiringSpan[] = [];
  const open = new Map<string, TimelineEntry>();
  const keyOf = (entry: TimelineEntry): string =>
    `${entry.group.file} ${entry.group.name} ${entry.labels.key}`;
  for (const entry of timeline.entries) {
    if (entry.to === 'firing') open.set(keyOf(entry), entry);
    const started = open.get(keyOf(entry));
    if (entry.from !== 'firing' || !started) continue;
    spans.push(...spansOf(timeline, started, entry.atMs, intervalMs));
    open.delete(keyOf(entry));
  }
  for (const started of open.values()) spans.push(...spansOf(timeline, started, Infinity, intervalMs));
  return spans.sort((a, b) => a.startsAtMs - b.startsAtMs);
}

/** One firing of one alert, cut where its rule failed for longer than Alertmanager waits. */
function spansOf(
  timeline: FiringCourse,
  started: TimelineEntry,
  endsAtMs: number,
  defaultIntervalMs: number,
): FiringSpan[] {
  const intervalMs = started.group.intervalMs ?? defaultIntervalMs;
  const patienceMs = 4 * Math.max(intervalMs, RESEND_DELAY_MS);
  // An alert is sent again at the first evaluation later than the delay after its last sending.
  const resendMs = (Math.floor(RESEND_DELAY_MS / intervalMs) + 1) * intervalMs;
  const spans: FiringSpan[] = [];
  let startsAtMs = started.atMs;
  for (const stretch of timeline.failing) {
    if (stretch.rule !== started.rule || stretch.fromMs <= startsAtMs || stretch.fromMs >= endsAtMs) continue;
    const lastSentMs =
      startsAtMs + Math.floor((stretch.fromMs - intervalMs - startsAtMs) / resendMs) * resendMs;
    const givenUpMs = lastSentMs + patienceMs;
    if (givenUpMs >= stretch.toMs) continue;
    spans.push({ labels: started.labels, startsAtMs, endsAtMs: givenUpMs });
    startsAtMs = stretch.toMs;
  }
  if (startsAtMs < endsAtMs) spans.push({ labels: started.labels, startsAtMs, endsAtMs });
  return spans;
}
