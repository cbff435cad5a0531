/**
 * The calendar functions, on seconds since 1970 in UTC.
 * Written on day numbers rather than a date object, whose range is smaller than a float's and whose zone is a trap.
 */

const SECONDS_A_DAY = 86_400;

interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The proleptic Gregorian date of a day number (H. Hinnant's "days from civil", inverted). */
function civilDate(dayNumber: number): CivilDate {
  const shifted = dayNumber + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysInMonth = ({ year, month }: CivilDate): number =>
  month === 2 && isLeap(year) ? 29 : MONTH_DAYS[month - 1]!;

const floorMod = (value: number, by: number): number => ((value % by) + by) % by;

type CalendarFunction = (seconds: number) => number;
const onDate =
  (read: (date: CivilDate) => number): CalendarFunction =>
  (seconds) =>
    read(civilDate(Math.floor(seconds / SECONDS_A_DAY)));

const CALENDAR: Readonly<Record<string, CalendarFunction>> = {
  year: onDate((date) => date.year),
  month: onDate((date) => date.month),
  day_of_month: onDate((date) => date.day),
  days_in_month: onDate(daysInMonth),
  day_of_year: onDate((date) => {
    const before = MONTH_DAYS.slice(0, date.month - 1).reduce((sum, days) => sum + days, 0);
    return before + date.day + (date.month > 2 && isLeap(date.year) ? 1 : 0);
  }),
  day_of_week: (seconds) => floorMod(Math.floor(seconds / SECONDS_A_DAY) + 4, 7),
  hour: (seconds) => Math.floor(floorMod(seconds, SECONDS_A_DAY) / 3600),
  minute: (seconds) => Math.floor(floorMod(seconds, 3600) / 60),
};

/** Beyond this the day numbers are no longer exact; Prometheus gives what an overflowing conversion leaves there. */
const FURTHEST_SECONDS = 1e14;

/** A calendar function by name, on seconds since 1970; a fraction of a second is cut off, NaN and far times are NaN. */
export function calendarFunction(name: string): CalendarFunction {
  const read = CALENDAR[name]!;
  return (seconds) => (Math.abs(seconds) <= FURTHEST_SECONDS ? read(Math.trunc(seconds)) : Number.NaN);
}
