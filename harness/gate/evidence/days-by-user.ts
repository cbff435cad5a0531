/**
 * How many users had so many days, and in breach on so many of them: all that a bound on a rate of days needs to know
 * of its clusters, in whole numbers that add up in any order.
 */

/** Days are counted to here; a user with more is as good as one with this many. */
const MOST_DAYS = 4095;

export interface UsersAlike {
  readonly days: number;
  readonly inBreach: number;
  readonly users: number;
}

export type DaysByUserJson = readonly (readonly [days: number, inBreach: number, users: number])[];

export class DaysByUser {
  readonly #users = new Map<number, number>();

  /** Adds users with this many days, this many of them in breach. */
  add(days: number, inBreach: number, users = 1): void {
    const key = Math.min(days, MOST_DAYS) * (MOST_DAYS + 1) + Math.min(inBreach, MOST_DAYS);
    this.#users.set(key, (this.#users.get(key) ?? 0) + users);
  }

  merge(other: DaysByUser): void {
    for (const { days, inBreach, users } of other.entries()) this.add(days, inBreach, users);
  }

  /** Users alike together, in ascending order of days and days in breach. */
  entries(): UsersAlike[] {
    return [...this.#users]
      .sort(([a], [b]) => a - b)
      .map(([key, users]) => ({
        days: Math.floor(key / (MOST_DAYS + 1)),
        inBreach: key % (MOST_DAYS + 1),
        users,
      }));
  }

  /** Days in all, and those in breach. */
  totals(): { readonly days: number; readonly inBreach: number } {
    let [days, inBreach] = [0, 0];
    for (const one of this.entries()) {
      days += one.days * one.users;
      inBreach += one.inBreach * one.users;
    }
    return { days, inBreach };
  }

  toJSON(): DaysByUserJson {
    return this.entries().map(({ days, inBreach, users }) => [days, inBreach, users]);
  }

  static fromJSON(json: DaysByUserJson): DaysByUser {
    const table = new DaysByUser();
    for (const [days, inBreach, users] of json) table.add(days, inBreach, users);
    return table;
  }
}
