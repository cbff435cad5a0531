/**
 * Traffic in volume: any number of people, one after another, streamed so that memory stays flat. Each record is a
 * real write through the service's handlers; a share of the meals is sent twice, as impatient phones do.
 */
import { Random } from './random.ts';
import { HONEST, type Temper } from './answers.ts';
import { planDays, recordId } from './days.ts';
import { drawPerson } from './people.ts';
import type { PlannedLog } from './plan.ts';
import { type Planting, plantIn } from './planting.ts';

/** A provider as one meets it: mostly right, often rounded, sometimes late or wrong. */
export const REALISTIC: Temper = {
  ...HONEST,
  figureError: { low: 0.01, high: 0.08 },
  figureErrorRate: 0.15,
  missingMacro: 0.01,
  wrongEnergy: 0.01,
  householdMeasures: 0.1,
  duplicated: 0.01,
  unknownFood: 0.03,
  proposal: 0.03,
  withoutTotals: 0.05,
  slow: 0.02,
  timeout: 0.003,
  status429: 0.005,
  status500: 0.005,
  malformed: 0.002,
  empty: 0.002,
};

export const REPEAT_RATE = 0.02;

/** Providers by name: one that errs as real ones do, one that never does. */
export const PROVIDERS: Readonly<Record<string, Temper>> = { realistic: REALISTIC, honest: HONEST };

export interface VolumeOptions {
  readonly seed: string;
  /** People in all; those from `first` to `last` are made, all of them where neither is given. */
  readonly users: number;
  readonly first?: number;
  readonly last?: number;
  readonly days: number;
  readonly firstDate: string;
  /** A name of `PROVIDERS`; realistic when left out. */
  readonly provider?: string;
  /** A fault in some of the meals. */
  readonly planting?: Planting | null;
}

/** One person's traffic, in order of time, repeats included. */
export interface PersonTraffic {
  readonly logs: readonly PlannedLog[];
  /** Ids of the meals that carry a planted fault. */
  readonly planted: ReadonlySet<string>;
}

/** One person's traffic at a time. */
export function* planVolume(options: VolumeOptions): Generator<PersonTraffic> {
  const { seed, users, first = 1, last = users, planting } = options;
  const temper = PROVIDERS[options.provider ?? 'realistic'];
  if (!temper) throw new RangeError(`no provider is called ${options.provider}`);
  for (let number = first; number <= last; number++) {
    const person = drawPerson(number, new Random(`${seed}:person:${number}`));
    const meals = planDays(person, { ...options, temper });
    const sent = withRepeats(meals, new Random(`${seed}:repeats:${number}`));
    const { meals: logs, planted } = planting
      ? plantIn(sent, planting, `${seed}:planting:${number}`)
      : { meals: sent, planted: NOBODY };
    yield { logs, planted };
  }
}

const NOBODY: ReadonlySet<string> = new Set();

/** Sends some meals again, with the same key, within seconds. */
function withRepeats(meals: readonly PlannedLog[], random: Random): readonly PlannedLog[] {
  const sent: PlannedLog[] = [];
  for (const meal of meals) {
    sent.push({ ...meal, id: recordId(sent.length + 1) });
    if (!random.chance(REPEAT_RATE)) continue;
    const latencyMs = meal.answers.reduce((total, answer) => total + answer.latencyMs, 0);
    sent.push({
      ...meal,
      id: recordId(sent.length + 1),
      atMs: meal.atMs + latencyMs + random.whole(500, 20_000),
      answers: [],
    });
  }
  return sent;
}
