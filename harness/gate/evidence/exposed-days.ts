/**
 * How many days in breach a step may expose. A step is people, not a rate: which of those in breach are among them is
 * chance too, and the fewer they are the more so.
 */
import { Chance } from './chance.ts';
import type { UsersAlike } from './days-by-user.ts';

/** Groups of users drawn; the fifty highest decide a bound of 95%. */
const DRAWS = 1000;

/** A step as far as a sample knows it. */
export interface Exposed {
  /** Users of the step among those replayed. */
  readonly seen: number;
  /** The share of users that was replayed, over 0 and up to 1. */
  readonly sampled: number;
  /** The share of users who have days at all; 1 when left out. */
  readonly withDays?: number;
}

/**
 * The upper bound at error `alpha` on the days in breach of a step's people, who are like those given, alike together. Each draw
 * weighs users as `dayRateUpperBound` does, one unseen user with every day in breach among them, and then picks so many
 * people by these weights: what is not known of production and what chance does to a part of it in one. How many people
 * a step has outside a sample is not known either: each draw takes as many as a gamma of those seen and one more allows
 * (F. Garwood, Fiducial limits for the Poisson distribution, 1936), so that a sample which happened to hold none of the
 * step does not bound it by nothing. Every day may be in breach where nobody was seen.
 */
export function exposedDaysUpperBound(
  users: readonly UsersAlike[],
  { seen, sampled, withDays: active = 1 }: Exposed,
  alpha: number,
  seed: string,
): number {
  const withDays = users.filter(({ days }) => days > 0);
  const most = Math.max(1, ...withDays.map(({ days }) => days));
  const inBreach = withDays.filter((one) => one.inBreach > 0);
  const clean = withDays.reduce((sum, one) => sum + (one.inBreach === 0 ? one.users : 0), 0);
  const chance = new Chance(`exposed ${seen} of ${sampled} ${seed}`);
  const drawExposed = (): number =>
    active * (seen + (sampled < 1 ? (chance.gamma(seen + 1) * (1 - sampled)) / sampled : 0));
  const drawn = new Float64Array(DRAWS);
  for (let draw = 0; draw < DRAWS; draw++) {
    const exposed = drawExposed();
    if (withDays.length === 0) {
      drawn[draw] = Math.ceil(exposed * most);
      continue;
    }
    const unseen = chance.exponential();
    const weights = inBreach.map((one) => chance.gamma(one.users));
    const all = weights.reduce((sum, weight) => sum + weight, unseen + (clean > 0 ? chance.gamma(clean) : 0));
    let days = most * chance.poisson((exposed * unseen) / all);
    for (const [at, one] of inBreach.entries())
      days += one.inBreach * chance.poisson((exposed * weights[at]!) / all);
    drawn[draw] = days;
  }
  drawn.sort();
  return drawn[Math.min(DRAWS - 1, Math.ceil((1 - alpha) * (DRAWS + 1)) - 1)]!;
}
