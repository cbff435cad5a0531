/**
 * Counts what replayed records cover: how many stand in each stratum of each dimension, and how they spread over
 * users and days. A folder of its own because the gate judges by it and a command shows it, and integers alone, so
 * that parts of a recording merge into exactly the whole.
 */
import type { CoverageRules, Migration } from '../migration.ts';
import type { Replayed } from '../replayed.ts';

/** Values by dimension in the order to show them; null for a dimension whose values are not a closed list. */
export type Dimensions = CoverageRules['dimensions'];

/** What golem itself knows of every migration. */
const OWN_DIMENSIONS: Dimensions = {
  disposition: ['new', 'hit', 'stale', 'error', 'other'],
  v2: ['stored', 'refused', 'failed', 'unstored'],
};

/** The dimensions of a migration, golem's own last. */
export function dimensionsOf({ coverage }: Pick<Migration, 'coverage'>): Dimensions {
  return { ...coverage?.dimensions, ...OWN_DIMENSIONS };
}

/** How many things had how many: `{ 3: 2 }` is two users with three records each. */
export type Spread = ReadonlyMap<number, number>;

export class Coverage {
  readonly dimensions: Dimensions;
  records = 0;
  users = 0;
  skipped = 0;
  /** Records by value, by dimension. */
  readonly #strata = new Map<string, Map<string, number>>();
  readonly #perUser = new Map<number, number>();
  readonly #perDay = new Map<number, number>();
  readonly #daysPerUser = new Map<number, number>();
  /** Records by local date of the users who have not ended. */
  readonly #open = new Map<string, Map<string, number>>();
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;
  readonly #rules: CoverageRules | undefined;

  constructor(migration: Pick<Migration, 'coverage'>) {
    this.#rules = migration.coverage;
    this.dimensions = dimensionsOf(migration);
    for (const dimension of Object.keys(this.dimensions)) this.#strata.set(dimension, new Map());
  }

  /** Counts a record; `tzOffsetMinutes` is that of its recording. */
  add({ record, atMs, result }: Replayed, tzOffsetMinutes: number): void {
    this.records += 1;
    this.#firstMs = Math.min(this.#firstMs, atMs);
    this.#lastMs = Math.max(this.#lastMs, atMs);
    const days = this.#open.get(record.user) ?? new Map<string, number>();
    if (days.size === 0) this.#open.set(record.user, days);
    increment(days, result.date, 1);
    const { request } = record;
    const strata = {
      ...this.#rules?.strata({ request, atMs, tzOffsetMinutes }, result),
      disposition: [result.disposition],
      v2: result.v2 ? [result.v2.state] : [],
    };
    for (const [dimension, values] of Object.entries(strata)) {
      const counts = this.#strata.get(dimension);
      if (!counts) throw new Error(`the migration counts by "${dimension}" and does not list it`);
      // A record stands once in a stratum, however many of its parts do.
      for (const value of new Set(values)) increment(counts, value, 1);
    }
  }

  /** A user's records are all counted. */
  endUser(user: string): void {
    const days = this.#open.get(user);
    if (!days) return;
    this.#open.delete(user);
    this.users += 1;
    increment(this.#daysPerUser, days.size, 1);
    let records = 0;
    for (const count of days.values()) {
      records += count;
      increment(this.#perDay, count, 1);
    }
    increment(this.#perUser, records, 1);
  }

  /** Adds the coverage of other users. */
  merge(other: Coverage): void {
    this.records += other.records;
    this.users += other.users;
    this.skipped += other.skipped;
    this.#firstMs = Math.min(this.#firstMs, other.#firstMs);
    this.#lastMs = Math.max(this.#lastMs, other.#lastMs);
    for (const [dimension, counts] of other.#strata) {
      const own = this.#strata.get(dimension) ?? new Map<string, number>();
      this.#strata.set(dimension, own);
      for (const [value, count] of counts) increment(own, value, count);
    }
    for (const [own, theirs] of [
      [this.#perUser, other.#perUser],
      [this.#perDay, other.#perDay],
      [this.#daysPerUser, other.#daysPerUser],
    ] as const) {
      for (const [size, count] of theirs) increment(own, size, count);
    }
  }

  /** Records in one stratum. */
  count(dimension: string, value: string): number {
    return this.#strata.get(dimension)?.get(value) ?? 0;
  }

  /** Strata of a dimension with their records: the listed ones in their order, empty ones too, then others by name. */
  strata(dimension: string): readonly (readonly [value: string, records: number])[] {
    const counts = this.#strata.get(dimension) ?? new Map<string, number>();
    const listed = this.dimensions[dimension] ?? [];
    const others = [...counts.keys()].filter((value) => !listed.includes(value)).sort(byCodeUnit);
    return [...listed, ...others].map((value) => [value, counts.get(value) ?? 0] as const);
  }

  get userDays(): number {
    let days = 0;
    for (const count of this.#perDay.values()) days += count;
    return days;
  }

  get spreads(): Readonly<Record<'recordsPerUser' | 'recordsPerDay' | 'daysPerUser', Spread>> {
    return { recordsPerUser: this.#perUser, recordsPerDay: this.#perDay, daysPerUser: this.#daysPerUser };
  }

  /** The first and the last moment, in milliseconds; null without a record. */
  get span(): { readonly firstMs: number; readonly lastMs: number } | null {
    return this.records === 0 ? null : { firstMs: this.#firstMs, lastMs: this.#lastMs };
  }
}

/** Nearest-rank quantiles of a spread: the least, the median and the most; zeros where there is nothing. */
export function summarise(spread: Spread): {
  readonly min: number;
  readonly median: number;
  readonly max: number;
} {
  const sizes = [...spread].sort(([a], [b]) => a - b);
  let all = 0;
  for (const [, count] of sizes) all += count;
  let seen = 0;
  const median = sizes.find(([, count]) => {
    seen += count;
    return seen >= Math.ceil(all / 2);
  });
  return { min: sizes[0]?.[0] ?? 0, median: median?.[0] ?? 0, max: sizes.at(-1)?.[0] ?? 0 };
}

function increment<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
