/**
 * Production watched for a while, put together from what was sampled: users drawn with their increments, each moved by
 * whole days and a little more, so that ten who stand for one do not err at the same minute. Answers one question: in
 * how many such watches does an alert that counts fire?
 */
import type { SketchedUser } from './breach-sketch.ts';
import type { Chance } from './chance.ts';
import type { CountCondition } from './count-rules.ts';

const DAY_MINUTES = 1440;
const HOUR_MINUTES = 60;
/** Drawn users are moved by up to half an hour either way. */
const JITTER_MINUTES = 30;
/** Increments placed before it is first looked whether the alert fires by them alone. */
const LOOK_AFTER = 4096;

/** What was recorded, and what is to be put together from it. */
export interface WatchModel {
  readonly users: readonly SketchedUser[];
  /** Whole days recorded, at least 1. */
  readonly days: number;
  readonly watchMinutes: number;
  /** Writes by hour of the day in UTC: when a user who was not seen would write. */
  readonly hours: readonly number[];
  /** Writes a day of a user who was not seen; each in breach of everything. */
  readonly unseenWrites: number;
}

/** How many of each user production has, on average. */
export interface WatchWeights {
  /** By user of the model. */
  readonly users: ArrayLike<number>;
  readonly unseen: number;
}

/** One user's increments that a rule counts: their minutes within the recorded days taken as a circle, and groups. */
interface UserIncrements {
  readonly minutes: readonly number[];
  readonly groups: readonly number[];
}

/** Puts watches together for one rule. */
export class WatchWindows {
  readonly #model: WatchModel;
  readonly #rule: CountCondition;
  readonly #increments: readonly UserIncrements[];
  readonly #length: number;
  /** Increments by group and minute of the stretch that a watch can see. */
  readonly #counts: Int32Array;
  readonly #hourSums: readonly number[];

  constructor(model: WatchModel, rule: CountCondition) {
    this.#model = model;
    this.#rule = rule;
    this.#increments = model.users.map((user) => incrementsOf(user, rule, model.days * DAY_MINUTES));
    this.#length = rule.windowMinutes + rule.forMinutes + model.watchMinutes;
    this.#counts = new Int32Array(this.#length * rule.groups.length);
    let sum = 0;
    this.#hourSums = model.hours.map((writes) => (sum += writes));
  }

  /** A user's increments that this rule counts, over all recorded days. */
  incrementsOf(user: number): number {
    return this.#increments[user]!.minutes.length;
  }

  /** Whether the alert fires in one watch of a production drawn with these weights. */
  fires(weights: WatchWeights, chance: Chance): boolean {
    this.#counts.fill(0);
    const start = chance.below(DAY_MINUTES);
    for (let copies = chance.poisson(weights.unseen); copies > 0; copies--) this.#placeUnseen(start, chance);
    let placed = 0;
    let lookAt = LOOK_AFTER;
    for (let user = 0; user < this.#increments.length; user++) {
      const increments = this.#increments[user]!;
      if (increments.minutes.length === 0) continue;
      for (let copies = chance.poisson(weights.users[user]!); copies > 0; copies--) {
        this.#place(increments, start, chance);
        placed += increments.minutes.length;
        if (placed < lookAt) continue;
        // More increments never silence an alert: once enough are there, the others need not be drawn.
        if (firesOver(this.#counts, this.#length, this.#rule)) return true;
        lookAt *= 2;
      }
    }
    return firesOver(this.#counts, this.#length, this.#rule);
  }

  /** Adds one user's increments, moved by whole days around the recorded ones, wherever the watch can see them. */
  #place({ minutes, groups }: UserIncrements, start: number, chance: Chance): void {
    const { days } = this.#model;
    const period = days * DAY_MINUTES;
    const moved =
      chance.below(days) * DAY_MINUTES + chance.below(2 * JITTER_MINUTES + 1) - JITTER_MINUTES - start;
    const shift = ((moved % period) + period) % period;
    for (let at = 0; at < minutes.length; at++) {
      let place = minutes[at]! + shift;
      if (place >= period) place -= period;
      for (; place < this.#length; place += period) this.#counts[groups[at]! * this.#length + place]! += 1;
    }
  }

  /** Adds a user who writes at the hours others do, every write in breach of everything. */
  #placeUnseen(start: number, chance: Chance): void {
    const { unseenWrites, hours } = this.#model;
    const total = this.#hourSums.at(-1) ?? 0;
    for (let day = 0; day * DAY_MINUTES - start < this.#length; day++) {
      for (let write = 0; write < unseenWrites; write++) {
        const drawn = chance.uniform() * total;
        const hour =
          total === 0 ? chance.below(hours.length) : this.#hourSums.findIndex((sum) => drawn < sum);
        const place = day * DAY_MINUTES + hour * HOUR_MINUTES + chance.below(HOUR_MINUTES) - start;
        if (place < 0 || place >= this.#length) continue;
        for (let group = 0; group < this.#rule.groups.length; group++)
          this.#counts[group * this.#length + place]! += 1;
      }
    }
  }
}

/**
 * Whether an alert that counts fires over a stretch of `length` minutes, rules evaluated at every minute. `counts` holds
 * the increments of each group's minutes, one group after another.
 */
export function firesOver(counts: ArrayLike<number>, length: number, rule: CountCondition): boolean {
  const { windowMinutes, forMinutes, least, groups } = rule;
  for (let group = 0; group < groups.length; group++) {
    const first = group * length;
    let inside = 0;
    let held = 0;
    for (let minute = 0; minute < length; minute++) {
      inside += counts[first + minute]!;
      if (minute >= windowMinutes) inside -= counts[first + minute - windowMinutes]!;
      if (minute < windowMinutes - 1) continue;
      held = inside >= least ? held + 1 : 0;
      if (held > forMinutes) return true;
    }
  }
  return false;
}

function incrementsOf(
  { increments }: SketchedUser,
  { groups }: CountCondition,
  period: number,
): UserIncrements {
  const groupOf = new Map(groups.flatMap((counters, group) => counters.map((one) => [one, group] as const)));
  const found = { minutes: [] as number[], groups: [] as number[] };
  for (let at = 0; at < increments.length; at += 2) {
    const group = groupOf.get(increments[at + 1]!);
    if (group === undefined) continue;
    found.minutes.push(((increments[at]! % period) + period) % period);
    found.groups.push(group);
  }
  return found;
}
