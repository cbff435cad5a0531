/**
 * Turns the texts of a row's date and time columns into a moment, or says why they name none. Its own file because
 * every way a written time can mislead (two formats, no such hour, an hour that comes twice, a spreadsheet's 1900)
 * is decided here and nowhere else.
 */
import { DateTime, FixedOffsetZone, IANAZone, type Zone } from 'luxon';
import { parseAt } from '../timestamp.ts';
import { fixedOffsetMinutes, type ImportMap, type Layout } from './map.ts';

/** A moment and the offset the zone had then, or the reason why a row has none. */
export type Moment = { readonly atMs: number; readonly offsetMinutes: number } | { readonly reason: string };

/** How one column is read. */
interface Part {
  readonly column: string;
  readonly formats: readonly string[];
}

/** Reads times as a map says. `cell` gives a column's text, or null where it holds nothing. */
export type ReadMoment = (cell: (column: string) => string | null, layout: Layout) => Moment;

/** The zone of a map; maps are validated, so that the name is known to be good. */
function zoneOf(name: string): Zone {
  const fixed = fixedOffsetMinutes(name);
  return fixed === null ? IANAZone.create(name) : FixedOffsetZone.instance(fixed);
}

/** Reads a column as a wall clock time, kept in UTC so that no zone's rules touch it yet. */
function readPart(cell: (column: string) => string | null, part: Part, kind: string): DateTime | string {
  const text = cell(part.column);
  if (text === null) {
    return `no ${kind}: column "${part.column}" holds nothing`;
  }
  for (const format of part.formats) {
    const read = DateTime.fromFormat(text, format, { zone: 'utc', locale: 'en-US' });
    if (read.isValid) {
      return read;
    }
  }
  return `${kind} not understood: "${text}" in column "${part.column}" is not ${part.formats.join(' or ')}`;
}

/**
 * Builds the reader of times for a map. Where date and time come from separate columns, the day is that of the date
 * column alone, whatever day the time column carries along (1900-01-01 in many exports).
 */
export function createMomentReader(map: ImportMap): ReadMoment {
  const zone = zoneOf(map.time_zone);
  const notBeforeMs = parseAt(`${map.not_before}T00:00:00.000Z`);
  return (cell, layout) => {
    const { date, time, date_time } = layout.at;
    let wall: DateTime | string;
    if (date_time !== undefined) {
      wall = readPart(cell, date_time, 'time');
    } else if (date !== undefined && time !== undefined) {
      const day = readPart(cell, date, 'date');
      const hour = readPart(cell, time, 'time');
      if (typeof day === 'string' || typeof hour === 'string') {
        wall = typeof day === 'string' ? day : (hour as string);
      } else {
        const { year, month, day: dayOfMonth } = day;
        wall = hour.set({ year, month, day: dayOfMonth });
      }
    } else {
      throw new Error(`layout "${layout.name}" names no time column`);
    }
    if (typeof wall === 'string') {
      return { reason: wall };
    }
    if (wall.toMillis() < notBeforeMs) {
      return { reason: `implausible date: ${wall.toISODate()} is before ${map.not_before}` };
    }
    return settle(wall, zone, map);
  };
}

/** Gives a wall clock time its place on the time line. */
function settle(wall: DateTime, zone: Zone, map: ImportMap): Moment {
  const shown = wall.toFormat('yyyy-MM-dd HH:mm:ss');
  const placed = wall.setZone(zone, { keepLocalTime: true });
  if (placed.toFormat('yyyy-MM-dd HH:mm:ss') !== shown) {
    return { reason: `no such time in the zone: clocks in ${map.time_zone} skipped ${shown}` };
  }
  const possible = placed.getPossibleOffsets();
  if (possible.length === 1) {
    return { atMs: placed.toMillis(), offsetMinutes: placed.offset };
  }
  if (map.ambiguous_time === 'refuse') {
    return { reason: `ambiguous time: clocks in ${map.time_zone} showed ${shown} twice` };
  }
  const inOrder = [...possible].sort((a, b) => a.toMillis() - b.toMillis());
  const chosen = map.ambiguous_time === 'earlier' ? inOrder[0]! : inOrder[inOrder.length - 1]!;
  return { atMs: chosen.toMillis(), offsetMinutes: chosen.offset };
}
