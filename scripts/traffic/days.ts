/**
 * Ordinary days: people eat by their habits and log each meal once, with an idempotency key of its own. Fixture
 * suites and volume traffic are both made here; they differ in who eats and in how the provider errs.
 */
import type { Slot } from '../../harness/meal-log/v2/draft.ts';
import { answersTo, type Temper } from './answers.ts';
import { type Dish, dishesFor } from './dishes.ts';
import type { Person } from './people.ts';
import { describe } from './phrases.ts';
import type { PlannedAnswer, PlannedLog } from './plan.ts';
import { Random } from './random.ts';

const DAY_MS = 86_400_000;

/** A meal that somebody is about to log. */
export interface Meal {
  readonly person: Person;
  /** Counts from 0. */
  readonly day: number;
  readonly slot: Slot;
  readonly dish: Dish;
  readonly message: string;
}

/** A meal whose words and answers are written down rather than drawn. */
export interface KnownMeal {
  readonly message: string;
  readonly answers: readonly PlannedAnswer[];
}

export interface DaysOptions {
  readonly seed: string;
  /** Local date of the first day, YYYY-MM-DD. */
  readonly firstDate: string;
  readonly days: number;
  readonly temper: Temper;
  /** Replaces what is said of a chosen meal and answered to it; undefined leaves it to the temper. */
  readonly known?: (meal: Meal) => KnownMeal | undefined;
}

/** One person's days in order of time. The person's stream of chance depends on nobody else. */
export function planDays(person: Person, options: DaysOptions): PlannedLog[] {
  const random = new Random(`${options.seed}:${person.user}`);
  // A stream of its own: however the provider errs, the same people eat the same meals.
  const providerRandom = new Random(`${options.seed}:${person.user}:provider`);
  const midnightMs = Date.parse(`${options.firstDate}T00:00:00.000Z`) - person.offsetMinutes * 60_000;
  const logs: PlannedLog[] = [];
  let latestMs = 0;
  for (let day = 0; day < options.days; day++) {
    for (const habit of person.habits) {
      if (!random.chance(habit.chance)) continue;
      const spreadMs = random.between(-habit.spreadMinutes, habit.spreadMinutes) * 60_000;
      const plannedMs = Math.round(midnightMs + day * DAY_MS + habit.hour * 3_600_000 + spreadMs);
      const dish = random.pick(dishesFor(habit.slot, person.language));
      const message = describe(dish, habit.slot, person.language, random);
      const meal: Meal = { person, day, slot: habit.slot, dish, message };
      const answers = answersTo(
        { dish: dish.name[person.language], parts: dish.parts, language: person.language },
        options.temper,
        providerRandom,
      );
      const known = options.known?.(meal);
      latestMs = Math.max(plannedMs, latestMs + 1_000);
      logs.push({
        kind: 'log',
        id: recordId(logs.length + 1),
        user: person.user,
        atMs: latestMs,
        headers: headersOf(person, random.uuid()),
        body: { message: known?.message ?? message },
        files: [],
        answers: known?.answers ?? answers,
      });
    }
  }
  return logs;
}

/** The days of several people, interleaved as they happened. */
export function planHousehold(people: readonly Person[], options: DaysOptions): PlannedLog[] {
  return people
    .flatMap((person) => planDays(person, options))
    .sort((a, b) => a.atMs - b.atMs || (a.user < b.user ? -1 : 1));
}

/** The headers of a person's device; a key of null leaves it to the service. */
export function headersOf(person: Person, key: string | null): Readonly<Record<string, string>> {
  return {
    ...(key === null ? {} : { 'idempotency-key': key }),
    'user-agent': person.userAgent,
    'accept-language': person.acceptLanguage,
  };
}

/** `r0001` for the first record of a user. */
export function recordId(number: number): string {
  return `r${String(number).padStart(4, '0')}`;
}
