/**
 * An upper bound on the share of user-days in breach. Days of one person are not independent, so people are weighed
 * and their days come along.
 */
import { Chance } from './chance.ts';
import type { UsersAlike } from './days-by-user.ts';

/** Replicates drawn; the fifty highest decide a bound of 95%, the seven highest one shared by seven fields. */
const DRAWS = 1000;

/**
 * The upper bound at error `alpha` on days in breach ÷ days, given users alike together. Users weigh exponential
 * numbers of mean 1, as in D. Rubin, "The Bayesian bootstrap" (1981), beside one more user with as many days as the
 * busiest and every one of them in breach: the bound on the mean of a bounded variable of N. Gaffke (2005) and
 * E. Learned-Miller and P. Thomas, "A new confidence interval for the mean of a bounded random variable" (2019). Where
 * every user has one day it is the bound of Clopper and Pearson; without a day in breach it is never 0. The weights of
 * users alike add up to a gamma variable, so that drawing costs no more for a million of them. 1 without any user.
 */
export function dayRateUpperBound(users: readonly UsersAlike[], alpha: number, seed: string): number {
  const withDays = users.filter(({ days }) => days > 0);
  if (withDays.length === 0) return 1;
  const most = Math.max(...withDays.map(({ days }) => days));
  const inBreach = withDays.filter((one) => one.inBreach > 0);
  const clean = cleanDays(withDays.filter((one) => one.inBreach === 0));
  const chance = new Chance(`day-rate ${seed}`);
  const rates = new Float64Array(DRAWS);
  for (let draw = 0; draw < DRAWS; draw++) {
    const unseen = chance.exponential() * most;
    let breached = unseen;
    let days = unseen + (clean.shape === 0 ? 0 : chance.gamma(clean.shape) * clean.scale);
    for (const one of inBreach) {
      const weight = chance.gamma(one.users);
      breached += weight * one.inBreach;
      days += weight * one.days;
    }
    rates[draw] = breached / days;
  }
  rates.sort();
  return rates[Math.min(DRAWS - 1, Math.ceil((1 - alpha) * (DRAWS + 1)) - 1)]!;
}

/**
 * The weighed days of users without a breach as one gamma variable of the same mean and variance: they only thin the
 * others, and there may be a hundred kinds of them.
 */
function cleanDays(users: readonly UsersAlike[]): { readonly shape: number; readonly scale: number } {
  let [sum, squares] = [0, 0];
  for (const one of users) {
    sum += one.users * one.days;
    squares += one.users * one.days ** 2;
  }
  return sum === 0 ? { shape: 0, scale: 0 } : { shape: sum ** 2 / squares, scale: squares / sum };
}
