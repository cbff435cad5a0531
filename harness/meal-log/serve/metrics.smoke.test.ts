/**
 * The metrics smoke test: known meals through the running service, its exposition parsed, and every sample held
 * against what a replay of the captured recording tallies. What alerts are judged on is what production would show.
 */
import { expect, test } from 'vitest';
import type { ServedWrite, StoreChoice } from '../../migration.ts';
import { rawWriteOf, recordedWrite } from '../../recording/capture/recorded-write.ts';
import { replay } from '../../replay/engine.ts';
import { Tally } from '../../tally/tally.ts';
import { mealLog } from '../index.ts';
import { type ExposedSample, parseExposition } from './exposition-parser.fixture.ts';
import { type RunningService, runService } from './running-service.fixture.ts';

const item = (name: string, grams: number, [calories, protein_g, fat_g, carbs_g]: readonly number[]) => ({
  name,
  amount: grams,
  unit: 'g',
  calories,
  protein_g,
  fat_g,
  carbs_g,
});
const meal = (dish: string, ...items: readonly object[]) => JSON.stringify({ dish, confidence: 0.9, items });
const rice = meal('rice', item('ご飯', 150, [234, 3.8, 0.5, 55.7]));
/** Says twice the energy and the carbohydrate that the dictionary knows of: breaches at both levels. */
const boasted = meal('rice', item('ご飯', 150, [500, 3.8, 0.5, 120]));
const skipped = JSON.stringify({
  dish: 'none',
  confidence: 1,
  items: [],
  totals: { calories: 0, protein_g: 0, fat_g: 0, carbs_g: 0 },
});
/** More than numeric(8,2) holds: legacy fails, and with it the write. */
const enormous = JSON.stringify({
  dish: 'x',
  confidence: 1,
  items: Array(40).fill(item('x', 10, [90_000, 1, 1, 1])),
});

const KNOWN_WRITES = 9;

/** Sends the known meals and waits until the last shadow has settled. */
async function sendKnownMeals(service: RunningService): Promise<void> {
  const post = async (user: string, at: string, message: string, key: string, answer: string) => {
    service.answers = [answer];
    const { body } = await service.log(user, at, key, { message }, key);
    return body as { logId: string };
  };
  await post('u1', '2025-09-01T00:00:00.000Z', 'rice', 'a1', rice);
  await post('u1', '2025-09-01T00:00:05.000Z', 'rice', 'a1', rice);
  await post('u1', '2025-09-01T03:00:00.000Z', 'more rice', 'a2', boasted);
  await post('u1', '2025-09-01T10:00:00.000Z', 'rice again', 'a3', rice);
  await post('u2', '2025-09-01T10:00:00.000Z', 'skipped lunch', 'b1', skipped);
  const { logId } = await post('u2', '2025-09-01T11:00:00.000Z', 'rice', 'b2', rice);
  await service.send('DELETE', `/log/${logId}`, { headers: { 'x-user-id': 'u2' } });
  await post('u2', '2025-09-01T12:00:00.000Z', 'rice', 'b2', rice);
  await post('u2', '2025-09-01T13:00:00.000Z', 'a mountain', 'b3', enormous);
  await service.untilServed(KNOWN_WRITES);
}

async function tallyOf(served: readonly ServedWrite[]): Promise<Tally> {
  const tally = new Tally(mealLog);
  const records = served.map((write, index) => recordedWrite(rawWriteOf(`r${index}`, write)));
  const store = await mealLog.openStore({ kind: 'memory' }, 'replay');
  await replay({
    migration: mealLog,
    store,
    source: {
      header: {
        golem: 'recording',
        version: 1,
        source: 'served',
        env: 'prod',
        tz_offset_minutes: 540,
        anonymised: false,
        simulated: true,
        captured: { from: records[0]!.at, to: records.at(-1)!.at },
      },
      batches: (async function* () {
        yield { records, atMs: served.map((write) => write.atMs) };
      })(),
    },
    flags: { NORMALIZE_V2_SHADOW: '1' },
    seed: 'smoke',
    defect: null,
    metrics: tally.metrics,
    observer: tally,
    keep: false,
  });
  await store.close();
  expect(tally.skipped).toBe(0);
  return tally;
}

const CHOICES: readonly StoreChoice[] = [{ kind: 'memory' }, { kind: 'pglite' }];

test.each(CHOICES)('exposes on $kind exactly what a replay of the same meals tallies', async (choice) => {
  const store = await mealLog.openStore(choice, 'replay');
  const service = await runService({
    store,
    environment: { APP_ENV: 'prod', DIFF_TZ_OFFSET_MINUTES: '540' },
  });
  const scrape = async () => parseExposition((await service.send('GET', '/metrics')).body);
  const before = await scrape();
  await sendKnownMeals(service);
  const exposed = await scrape();
  await service.close();
  await store.close();

  const tallied = (await tallyOf(service.served)).metrics.samples();
  expect(tallied.length).toBeGreaterThan(80);
  const labelled = tallied.map((sample) => ({
    ...sample,
    labels: { ...sample.labels, env: 'prod', shadow_version: 'v2', ai_provider: 'http' },
  }));
  const gauges = exposed.filter((sample) => sample.name === 'meal_log_app_build_info');
  expect(gauges).toHaveLength(1);
  expect(sorted(exposed.filter((sample) => !gauges.includes(sample)))).toEqual(sorted(labelled));

  // The counts themselves, from reading the nine requests.
  const value = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    exposed.find(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, text]) => sample.labels[label] === text),
    )?.value;
  expect(before.filter((sample) => sample.name === 'meal_log_idempotency_total')).toEqual([]);
  expect(value('meal_log_idempotency_total', { status: 'new' })).toBe(5);
  expect(value('meal_log_idempotency_total', { status: 'hit' })).toBe(1);
  expect(value('meal_log_idempotency_total', { status: 'stale' })).toBe(1);
  expect(value('meal_log_idempotency_total', { status: 'error' })).toBe(1);
  expect(value('meal_log_shadow_diff_abs_count', { field: 'dkcal' })).toBe(5);
  expect(value('meal_log_shadow_diff_breach_total', { field: 'dkcal' })).toBe(1);
  // In breach from the boasted rice on, and counted again at the write after it.
  expect(value('meal_log_shadow_daily_diff_breach_total', { field: 'dkcal' })).toBe(2);
  expect(value('meal_log_shadow_write_duration_seconds_count')).toBe(5);
  expect(value('meal_log_shadow_write_errors_total')).toBe(0);
});

/** In a stated order, values to the micro-unit that a tally keeps. */
function sorted(samples: readonly ExposedSample[]): string[] {
  return samples
    .map(({ name, labels, value }) => {
      const names = Object.keys(labels).sort();
      return `${name}{${names.map((label) => `${label}=${labels[label]}`).join()}} ${Math.round(value * 1e6)}`;
    })
    .sort();
}
