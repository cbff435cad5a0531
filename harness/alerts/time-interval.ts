/**
 * Alertmanager's time intervals: when a route is muted or active. Read from the file and asked of an instant.
 * A file of its own because it is the one part of routing that knows of calendars and zones.
 */
import { DateTime } from 'luxon';
import { knownEntries, readText } from './rule-file.ts';
import type { YamlFile, YamlNode } from './yaml-source.ts';

/** Both ends included, except minutes, whose end is not. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** One interval: each part that is given must hold. Days of a month may be negative, counted from its end. */
export interface TimeInterval {
  readonly minutes: readonly Span[] | undefined;
  readonly weekdays: readonly Span[] | undefined;
  readonly daysOfMonth: readonly Span[] | undefined;
  readonly months: readonly Span[] | undefined;
  readonly years: readonly Span[] | undefined;
  readonly zone: string;
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june'],
  ...['july', 'august', 'september', 'october', 'november', 'december'],
];

/** Whether an interval holds at an instant, ms since 1970. */
export function holdsAt(interval: TimeInterval, atMs: number): boolean {
  const local = DateTime.fromMillis(atMs, { zone: interval.zone });
  const within = (spans: readonly Span[] | undefined, value: number): boolean =>
    spans === undefined || spans.some((span) => value >= span.from && value <= span.to);
  const minute = local.hour * 60 + local.minute;
  const days = local.daysInMonth ?? 31;
  const fromEnd = (day: number): number => (day < 0 ? days + 1 + day : day);
  const daysHold =
    interval.daysOfMonth === undefined ||
    interval.daysOfMonth.some((span) => {
      const from = Math.max(1, fromEnd(span.from));
      const to = Math.min(days, fromEnd(span.to));
      return local.day >= from && local.day <= to;
    });
  const minutesHold =
    interval.minutes === undefined ||
    interval.minutes.some((span) => minute >= span.from && minute < span.to);
  return (
    minutesHold &&
    daysHold &&
    within(interval.weekdays, local.weekday % 7) &&
    within(interval.months, local.month) &&
    within(interval.years, local.year)
  );
}

const KEYS = ['times', 'weekdays', 'days_of_month', 'months', 'years', 'location'];

/** Reads one interval; what is wrong is reported. */
export function readTimeInterval(yaml: YamlFile, node: YamlNode): TimeInterval {
  const entries = new Map(
    knownEntries(yaml, node, 'a time interval', KEYS).map((entry) => [entry.key, entry.value]),
  );
  const spans = (
    key: string,
    read: (text: string) => number | undefined,
    isValid: (value: number) => boolean,
  ) =>
    entries
      .get(key)
      ?.items(key)
      .flatMap((item) => readSpan(yaml, item, key, read, isValid) ?? []);
  const zoneNode = entries.get('location');
  const zone = zoneNode ? readText(yaml, zoneNode, 'location') : 'UTC';
  if (zoneNode && !DateTime.fromMillis(0, { zone }).isValid)
    yaml.report(zoneNode.place, `unknown time zone ${zone}`);
  return {
    minutes: entries
      .get('times')
      ?.items('times')
      .flatMap((item) => readTimes(yaml, item) ?? []),
    weekdays: spans('weekdays', named(WEEKDAYS, 0), (value) => value >= 0 && value <= 6),
    daysOfMonth: spans('days_of_month', whole, (value) => value !== 0 && Math.abs(value) <= 31),
    months: spans('months', named(MONTHS, 1), (value) => value >= 1 && value <= 12),
    years: spans('years', whole, () => true),
    zone,
  };
}

const whole = (text: string): number | undefined => (/^-?\d+$/.test(text) ? Number(text) : undefined);
const named =
  (names: readonly string[], first: number) =>
  (text: string): number | undefined => {
    const at = names.indexOf(text.toLowerCase());
    return at >= 0 ? at + first : first === 1 ? whole(text) : undefined;
  };

function readSpan(
  yaml: YamlFile,
  node: YamlNode,
  what: string,
  read: (text: string) => number | undefined,
  isValid: (value: number) => boolean,
): Span | undefined {
  const text = readText(yaml, node, what);
  const ends = text.split(':').map((part) => read(part.trim()));
  const [from, to = from] = ends;
  const ordered = from !== undefined && to !== undefined && (from <= to || from < 0 !== to < 0);
  if (ends.length > 2 || from === undefined || to === undefined || !ordered || ![from, to].every(isValid)) {
    yaml.report(node.place, `${JSON.stringify(text)} is not a valid range of ${what}`);
    return undefined;
  }
  return { from, to };
}

function readTimes(yaml: YamlFile, node: YamlNode): Span | undefined {
  const entries = knownEntries(yaml, node, 'a time range', ['start_time', 'end_time']);
  const [from, to] = ['start_time', 'end_time'].map((key) => {
    const value = entries.find((entry) => entry.key === key)?.value;
    const match = /^(\d\d):(\d\d)$/.exec(value?.text ?? '');
    const minutes = match ? Number(match[1]) * 60 + Number(match[2]) : undefined;
    return minutes !== undefined && minutes <= 1440 && Number(match![2]) < 60 ? minutes : undefined;
  });
  if (from === undefined || to === undefined || from >= to) {
    yaml.report(node.place, 'expected start_time and end_time as HH:MM, the start before the end');
    return undefined;
  }
  return { from, to };
}
