/**
 * Users who made watched counters go up, with the time of each increment. Of very many it keeps those that come first
 * in a random order fixed by the seed: a fair sample of them all, and the same one however the users were divided.
 */
import type { CounterIncrement } from './user-evidence.ts';

/** Users kept. */
export const SKETCHED_USERS = 512;
const MINUTE_MS = 60_000;
/** Children of a metric fit below this. */
const CHILDREN = 1024;

/** One kept user; increments are pairs of the minute that sees them and the counter. */
export interface SketchedUser {
  /** The user's place in the random order. */
  readonly order: number;
  /** `minute, counter, minute, counter …` in order of time; a minute is numbered from the Unix epoch. */
  readonly increments: readonly number[];
}

export interface BreachSketchJson {
  readonly users: number;
  readonly increments: number;
  readonly kept: readonly (readonly [order: number, increments: readonly number[]])[];
}

/** One number for a counter; indexes as in `MetricSink`. */
export function counterNumber(metric: number, child: number): number {
  return metric * CHILDREN + child;
}

export class BreachSketch {
  /** Users with an increment, kept or not. */
  users = 0;
  /** Their increments, kept or not. */
  increments = 0;
  #kept: SketchedUser[] = [];

  /** Adds one user; one without increments is not counted. */
  add(order: number, increments: readonly CounterIncrement[]): void {
    if (increments.length === 0) return;
    this.users += 1;
    this.increments += increments.length;
    const packed = increments.flatMap(({ atMs, metric, child }) => [
      Math.ceil(atMs / MINUTE_MS),
      counterNumber(metric, child),
    ]);
    this.#kept.push({ order, increments: packed });
    if (this.#kept.length >= 2 * SKETCHED_USERS) this.#cut();
  }

  merge(other: BreachSketch): void {
    this.users += other.users;
    this.increments += other.increments;
    this.#kept.push(...other.kept());
    this.#cut();
  }

  /** The kept users in their order. */
  kept(): readonly SketchedUser[] {
    this.#cut();
    return this.#kept;
  }

  toJSON(): BreachSketchJson {
    const kept = this.kept().map(({ order, increments }) => [order, increments] as const);
    return { users: this.users, increments: this.increments, kept };
  }

  static fromJSON(json: BreachSketchJson): BreachSketch {
    const sketch = new BreachSketch();
    sketch.users = json.users;
    sketch.increments = json.increments;
    sketch.#kept = json.kept.map(([order, increments]) => ({ order, increments }));
    return sketch;
  }

  #cut(): void {
    this.#kept.sort((a, b) => a.order - b.order);
    this.#kept.length = Math.min(this.#kept.length, SKETCHED_USERS);
  }
}
