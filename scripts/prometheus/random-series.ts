/**
 * Random series in promtool's notation: counters with resets, gauges with NaN, cumulative buckets; with births, gaps,
 * stale markers and fractions. Notation rather than samples, because both sides of the comparison read it.
 */
import type { Dice } from './dice.ts';

export interface NotatedSeries {
  readonly series: string;
  readonly values: string;
}

export const SCRAPE_INTERVALS_S = [15, 30, 60] as const;

/** Quarters are exact in binary, so that sums agree whatever their order; now and then a value that is not. */
function amount(dice: Dice, most: number): number {
  return dice.chance(0.8) ? dice.below(most * 4) / 4 : dice.next() * most;
}

/** Adds births, gaps and stale markers to a row of values. */
function disturb(dice: Dice, values: readonly number[]): string {
  const birth = dice.chance(0.3) ? dice.below(values.length) : 0;
  const calm = dice.chance(0.4);
  let gapLeft = 0;
  return values
    .map((value, index) => {
      if (index < birth) return '_';
      if (gapLeft > 0) {
        gapLeft--;
        return '_';
      }
      if (!calm && dice.chance(0.04)) {
        gapLeft = dice.below(8);
        return dice.chance(0.5) ? 'stale' : '_';
      }
      return Number.isNaN(value) ? 'NaN' : String(value);
    })
    .join(' ');
}

function counter(dice: Dice, length: number): string {
  let value = dice.chance(0.5) ? 0 : amount(dice, 50);
  const idle = dice.chance(0.3);
  return disturb(
    dice,
    Array.from({ length }, () => {
      if (dice.chance(0.03)) value = dice.chance(0.5) ? 0 : amount(dice, 3);
      if (!idle || dice.chance(0.1)) value += amount(dice, 8);
      return value;
    }),
  );
}

function gauge(dice: Dice, length: number): string {
  const flat = dice.chance(0.2);
  let value = dice.next() * 100 - 50;
  return disturb(
    dice,
    Array.from({ length }, () => {
      if (!flat) value = dice.next() * 100 - 50;
      return dice.chance(0.02) ? Number.NaN : value;
    }),
  );
}

function buckets(dice: Dice, length: number, bounds: readonly string[]): string[] {
  const counts = bounds.map(() => 0);
  const rows: number[][] = bounds.map(() => []);
  for (let step = 0; step < length; step++) {
    for (let observed = dice.below(4); observed > 0; observed--) {
      const lowest = dice.below(bounds.length);
      for (let at = lowest; at < bounds.length; at++) counts[at]!++;
    }
    for (const [at, count] of counts.entries()) rows[at]!.push(count);
  }
  return rows.map((row) => (dice.chance(0.9) ? row.join(' ') : disturb(dice, row)));
}

const ENVIRONMENTS = ['prod', 'stg'] as const;
const FIELDS = ['a', 'b', 'c'] as const;

/** A random set of series: `requests_total`, `errors_total`, `level`, `limit` and `latency_bucket`, with labels. */
export function randomSeries(dice: Dice, length: number): NotatedSeries[] {
  const result: NotatedSeries[] = [];
  const bounds = dice.pick([
    ['1', '2', '5', '+Inf'],
    ['-1', '0', '10', '+Inf'],
    ['10', '20', '40', '80', '+Inf'],
    ['0.5', '1'],
  ]);
  for (const env of ENVIRONMENTS) {
    result.push({ series: `limit{env="${env}"}`, values: gauge(dice, length) });
    for (const field of FIELDS) {
      const labels = `env="${env}",field="${field}"`;
      if (dice.chance(0.8))
        result.push({ series: `requests_total{${labels}}`, values: counter(dice, length) });
      if (dice.chance(0.6)) result.push({ series: `errors_total{${labels}}`, values: counter(dice, length) });
      if (dice.chance(0.8))
        result.push({ series: `level{${labels},host="h${dice.below(3)}"}`, values: gauge(dice, length) });
      if (!dice.chance(0.4)) continue;
      for (const [at, values] of buckets(dice, length, bounds).entries()) {
        result.push({ series: `latency_bucket{${labels},le="${bounds[at]}"}`, values });
      }
    }
  }
  return result;
}
