/**
 * Instants as the service writes them: RFC 3339 texts, local dates and hours under a fixed offset. A file of its own
 * because each runs once or more per record, and consecutive records mostly share their day: the date part is
 * formatted once a day, the rest from a table.
 */

const DAY_MS = 86_400_000;
const TWO = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

/** Dates remembered, each in the place its day falls to; days asked for in turn lie less far apart than that. */
const PLACES = 256;
const days = new Array<number>(PLACES).fill(Number.NaN);
const dates = new Array<string>(PLACES).fill('');

/** YYYY-MM-DD of a day counted from the Unix epoch. */
function dateOfDay(day: number): string {
  const place = day & (PLACES - 1);
  if (days[place] !== day) {
    days[place] = day;
    dates[place] = new Date(day * DAY_MS).toISOString().slice(0, -14);
  }
  return dates[place]!;
}

/** RFC 3339 in UTC with milliseconds: what `Date.toISOString` gives, in a third of its time. */
export function instantText(ms: number): string {
  const day = Math.floor(ms / DAY_MS);
  const inDay = ms - day * DAY_MS;
  const seconds = Math.floor(inDay / 1000);
  const milliseconds = inDay - seconds * 1000;
  const minutes = Math.floor(seconds / 60);
  const tens = Math.floor(milliseconds / 10);
  return (
    `${dateOfDay(day)}T${TWO[Math.floor(minutes / 60)]}:${TWO[minutes % 60]}:${TWO[seconds % 60]}.` +
    `${TWO[tens]}${milliseconds - tens * 10}Z`
  );
}

/** The local date, YYYY-MM-DD, under a fixed offset in minutes east of UTC; production knows no daylight saving. */
export function localDate(ms: number, tzOffsetMinutes: number): string {
  return dateOfDay(Math.floor((ms + tzOffsetMinutes * 60_000) / DAY_MS));
}

/** The local hour, 0–23, under a fixed offset in minutes east of UTC. */
export function localHour(ms: number, tzOffsetMinutes: number): number {
  const localMs = ms + tzOffsetMinutes * 60_000;
  return Math.floor((localMs - Math.floor(localMs / DAY_MS) * DAY_MS) / 3_600_000);
}
