/**
 * Traffic in volume: any number of people, one after another, streamed so that memory stays flat. Each record is a
 * real write through the service's handlers; a share of the meals is sent twice, as impatient phones do.
 */
import { Random } from './random.ts';
import { HONEST, type Temper } from './answers.ts';
import { planDays, recordId } from './days.ts';
import { drawPerson } from './people.ts';
import type { PlannedLog } from './plan.ts';

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

export interface VolumeOptions {
  readonly seed: string;
  readonly users: number;
  readonly days: number;
  readonly firstDate: string;
}

/** One person's traffic at a time, each in order of time, repeats included. */
export function* planVolume(options: VolumeOptions): Generator<readonly PlannedLog[]> {
  for (let number = 1; number <= options.users; number++) {
    const person = drawPerson(number, new Random(`${options.seed}:person:${number}`));
    const meals = planDays(person, { ...options, temper: REALISTIC });
    yield withRepeats(meals, new Random(`${options.seed}:repeats:${number}`));
  }
}

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
