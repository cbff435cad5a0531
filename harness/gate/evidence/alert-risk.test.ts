import { describe, expect, it } from 'vitest';
import { drawnRisk, recordedRisk, type Firing } from './alert-risk.ts';
import { upperBound } from './binomial.ts';
import { BreachSketch } from './breach-sketch.ts';
import { Chance } from './chance.ts';
import { ownProbability } from './simulated-users.fixture.ts';
import { firesOver } from './watch-windows.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const CORPORA = 2000;
const PROMISED = 0.94;
const ALPHA = 0.05;

describe('the risk by recorded watches', () => {
  const over = (days: number, firings: readonly Firing[], watchMs = DAY_MS) =>
    recordedRisk({
      firings,
      span: { firstMs: 0, lastMs: days * DAY_MS },
      watchMs,
      reachMs: 25 * 60_000,
      alpha: ALPHA,
    });

  it('is nothing in two quiet weeks, and yet may be one in five', () => {
    const { estimate, lower, upper } = over(14, []);
    expect([estimate, lower]).toEqual([0, 0]);
    expect(upper).toBeCloseTo(1 - 0.05 ** (1 / 14), 10);
  });

  it('counts each watch that an alert fires in, and days as what may differ', () => {
    const firings = [
      { startsAtMs: 2 * DAY_MS + HOUR_MS, endsAtMs: 2 * DAY_MS + 3 * HOUR_MS },
      { startsAtMs: 5 * DAY_MS - HOUR_MS, endsAtMs: 5 * DAY_MS + HOUR_MS },
    ];
    expect(over(10, firings)).toMatchObject({ estimate: 0.3, upper: upperBound(3, 10, ALPHA) });
    const short = over(10, firings, 2 * HOUR_MS);
    expect(short.estimate).toBeCloseTo(4 / 120, 10);
    expect(short.upper).toBe(upperBound(3, 10, ALPHA));
  });

  it('treats less than a day as the one stretch it is, and an alert without end as one to the end', () => {
    expect(over(0.3, [])).toMatchObject({ estimate: 0, upper: 0.95 });
    expect(over(4, [{ startsAtMs: DAY_MS, endsAtMs: Infinity }]).estimate).toBe(0.75);
  });

  it('has bounds that hold where whole days go wrong', () => {
    const days = 20;
    const [badDays, badWatches] = [0.15, 1 / 12 + (11 / 12) * 0.3];
    let [above, below] = [0, 0];
    for (let corpus = 0; corpus < CORPORA; corpus++) {
      const chance = new Chance(`days ${corpus}`);
      const firings: Firing[] = [];
      for (let day = 0; day < days; day++) {
        if (chance.uniform() >= badDays) continue;
        const certain = chance.below(12);
        for (let watch = 0; watch < 12; watch++) {
          if (watch !== certain && chance.uniform() >= 0.3) continue;
          const startsAtMs = day * DAY_MS + watch * 2 * HOUR_MS;
          firings.push({ startsAtMs, endsAtMs: startsAtMs + HOUR_MS });
        }
      }
      const { lower, upper } = over(days, firings, 2 * HOUR_MS);
      if (upper >= badDays * badWatches) above += 1;
      if (lower <= badDays * badWatches) below += 1;
    }
    expect(above / CORPORA).toBeGreaterThanOrEqual(PROMISED);
    expect(below / CORPORA).toBeGreaterThanOrEqual(PROMISED);
  });
});

const DAYS = 7;
const HOURS_OF_WRITES = [7, 12, 15, 19];
const HOURS = Array.from({ length: 24 }, (_, hour) =>
  HOURS_OF_WRITES.includes(hour) ? 2 : HOURS_OF_WRITES.includes(hour - 1) ? 1 : 0,
);
const COUNTER = 7;

interface Watched {
  readonly rate: number;
  readonly alike: number;
  readonly production: number;
  readonly sampled: number;
}

/** The minutes at which a made-up user's writes were in breach, over some days. */
function breachMinutes(chance: Chance, { rate, alike }: Watched, days: number): number[] {
  const own = ownProbability(chance, rate, alike);
  const minutes: number[] = [];
  for (let day = 0; day < days; day++)
    for (const hour of HOURS_OF_WRITES)
      if (chance.uniform() < own) minutes.push(day * 1440 + hour * 60 + chance.below(90));
  return minutes;
}

const RULE = { windowMinutes: 15, forMinutes: 10, least: 2, groups: [[COUNTER]] };
const WATCH_MINUTES = 120;

/** How often the alert fires in a watch of production itself. */
function truthOf(watched: Watched): number {
  const chance = new Chance(`truth ${JSON.stringify(watched)}`);
  const length = RULE.windowMinutes + RULE.forMinutes + WATCH_MINUTES;
  const watches = 20_000;
  let fired = 0;
  for (let watch = 0; watch < watches; watch++) {
    const counts = new Int32Array(length);
    const start = chance.below(1440);
    for (let user = 0; user < watched.production; user++) {
      for (const minute of breachMinutes(chance, watched, 2)) {
        const place = minute - start;
        if (place >= 0 && place < length) counts[place]! += 1;
      }
    }
    if (firesOver(counts, length, RULE)) fired += 1;
  }
  return fired / watches;
}

function riskOf(watched: Watched, corpus: string): ReturnType<typeof drawnRisk> {
  const chance = new Chance(`corpus ${corpus}`);
  const sketch = new BreachSketch();
  for (let user = 0; user < watched.sampled; user++) {
    const increments = breachMinutes(chance, watched, DAYS).map((minute) => ({
      atMs: minute * 60_000,
      metric: 0,
      child: COUNTER,
    }));
    sketch.add(user, increments);
  }
  const model = {
    users: sketch.kept(),
    days: DAYS,
    watchMinutes: WATCH_MINUTES,
    hours: HOURS,
    unseenWrites: 4,
  };
  const scale = watched.production / watched.sampled;
  return drawnRisk({ model, users: sketch.users, rule: RULE, scale, alpha: ALPHA, seed: corpus });
}

describe('the risk by people drawn', () => {
  it.each([
    [
      'a quarter of production whose writes err independently',
      { rate: 0.015, alike: 0, production: 80, sampled: 20 },
    ],
    [
      'a quarter of production in which people repeat their errors',
      { rate: 0.015, alike: 0.5, production: 80, sampled: 20 },
    ],
    ['all of production, repeating its errors', { rate: 0.04, alike: 0.5, production: 20, sampled: 20 }],
  ])(
    'has bounds that hold for %s',
    (_, watched) => {
      const truth = truthOf(watched);
      let [above, below, estimates] = [0, 0, 0];
      for (let corpus = 0; corpus < CORPORA; corpus++) {
        const { estimate, lower, upper } = riskOf(watched, String(corpus));
        expect(lower).toBeLessThanOrEqual(estimate);
        if (upper >= truth) above += 1;
        if (lower <= truth) below += 1;
        estimates += estimate;
      }
      expect(above / CORPORA).toBeGreaterThanOrEqual(PROMISED);
      expect(below / CORPORA).toBeGreaterThanOrEqual(PROMISED);
      // What is drawn from so few people scatters, but about the truth and not far above or below it.
      expect(estimates / CORPORA).toBeGreaterThan(truth / 2);
      expect(estimates / CORPORA).toBeLessThan(truth * 2);
    },
    120_000,
  );

  it('is nothing where nobody erred, with a bound that a sample cannot bring down to nothing', () => {
    const model = { users: [], days: DAYS, watchMinutes: 1440, hours: HOURS, unseenWrites: 4 };
    const rule = { ...RULE, windowMinutes: 1440, least: 10 };
    const of = (scale: number) => drawnRisk({ model, users: 0, rule, scale, alpha: ALPHA, seed: 's' });
    expect(of(1)).toMatchObject({ estimate: 0, lower: 0 });
    expect(of(1).upper).toBeGreaterThan(0.3);
    expect(of(1).upper).toBeLessThan(1);
    expect(of(10).upper).toBe(1);
    expect(of(0.01).upper).toBeLessThan(0.05);
  });

  it('leaves most open where those who were not seen would write in the same hour', () => {
    const upperOf = (hours: readonly number[]) => {
      const model = { users: [], days: DAYS, watchMinutes: 1440, hours, unseenWrites: 6 };
      return drawnRisk({ model, users: 0, rule: { ...RULE, least: 3 }, scale: 1, alpha: ALPHA, seed: 's' })
        .upper;
    };
    const noon = upperOf(HOURS.map((_, hour) => (hour === 12 ? 1 : 0)));
    expect(noon).toBeGreaterThan(upperOf(HOURS.map(() => 1)) + 0.2);
  });

  it('rises with the share of production that the sample stands for', () => {
    const watched = { rate: 0.02, alike: 0.3, production: 40, sampled: 40 };
    const estimates = [10, 40, 400, 4000].map(
      (production) => riskOf({ ...watched, production }, 'one').estimate,
    );
    expect(estimates).toEqual(estimates.toSorted((a, b) => a - b));
    expect(estimates.at(-1)).toBeGreaterThan(0.5);
    expect(estimates[0]).toBeLessThan(0.05);
  });

  it('is the same each time it is drawn', () => {
    const watched = { rate: 0.02, alike: 0.3, production: 400, sampled: 40 };
    expect(riskOf(watched, 'x')).toEqual(riskOf(watched, 'x'));
  });
});
