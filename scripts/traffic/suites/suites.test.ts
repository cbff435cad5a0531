/**
 * Holds the committed recordings to their suites: byte for byte what the generator makes, and in a replay exactly
 * the cases that each suite is there to show.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mealLog } from '../../../harness/meal-log/index.ts';
import type { RecordedWrite } from '../../../harness/recording/format.ts';
import { readRecording } from '../../../harness/recording/read.ts';
import { renderHeader, renderRecord } from '../../../harness/recording/write.ts';
import { replay } from '../../../harness/replay/engine.ts';
import type { Replayed } from '../../../harness/replayed.ts';
import { Tally } from '../../../harness/tally/tally.ts';
import { generateSuite } from '../generate.ts';
import { SUITES } from './index.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures');
const fileOf = (name: string) => join(FIXTURES, name, 'recording.ndjson');

test.each(SUITES.map((suite) => suite.name))('has %s committed as the generator makes it', async (name) => {
  const { header, records } = generateSuite(SUITES.find((suite) => suite.name === name)!, true);
  const lines = [renderHeader(header)];
  for await (const record of records) lines.push(renderRecord(record));
  const committed = await readFile(fileOf(name), 'utf8');
  const remedy = 'node scripts/generate-traffic.ts --suite all --out fixtures';
  expect(committed === `${lines.join('\n')}\n`, `changed; after a look: ${remedy}`).toBe(true);
});

interface SuiteRun {
  readonly replayed: readonly Replayed[];
  readonly tally: Tally;
  readonly of: (user: string, id: string) => Replayed;
}

/** Replays a committed recording in memory, the shadow on. */
async function run(name: string): Promise<SuiteRun> {
  const source = await readRecording(fileOf(name));
  const tally = new Tally(mealLog);
  const replayed: Replayed[] = [];
  const store = await mealLog.openStore({ kind: 'memory' }, 'replay');
  await replay({
    migration: mealLog,
    store,
    source,
    flags: { NORMALIZE_V2_SHADOW: '1' },
    seed: 'fixtures',
    defect: null,
    metrics: tally.metrics,
    keep: false,
    observer: {
      onReplayed: (one) => {
        replayed.push(one);
        tally.onReplayed(one);
      },
      onSkipped: (record, reason) => tally.onSkipped(record, reason),
      onUserEnd: (user, days) => tally.onUserEnd(user, days),
    },
  });
  await store.close();
  expect(tally.skipped).toBe(0);
  const of = (user: string, id: string): Replayed => {
    const found = replayed.find(({ record }) => record.user === user && record.id === id);
    if (!found) throw new Error(`${name} has no ${user} ${id}`);
    return found;
  };
  return { replayed, tally, of };
}

const messageOf = (record: RecordedWrite) =>
  (record.request.body as { message?: string } | null)?.message ?? '';

/** What is left of a day when each field is held to its limit: kcal, three times grams, three ratios. */
const HEALTHY_DAY = [40, 10, 10, 10, 0.1, 0.1, 0.1];

test('everyday: eight people, ten days, both languages, and no running day that an alert could see', async () => {
  const { replayed, tally } = await run('everyday');
  expect(replayed.length).toBeGreaterThanOrEqual(300);
  expect(tally.users).toBe(8);
  expect(tally.userDays).toBeGreaterThanOrEqual(80);
  const japanese = replayed.filter(({ record }) =>
    /[\u3040-\u30ff\u4e00-\u9fff]/.test(messageOf(record)),
  ).length;
  expect(Math.min(japanese, replayed.length - japanese)).toBeGreaterThan(100);
  for (const { record, result } of replayed) {
    expect(result.record?.breached, `${record.user} ${record.id}`).toBe(0);
    for (const [field, limit] of HEALTHY_DAY.entries()) {
      const value = Math.abs(result.day?.values[field] ?? 0);
      expect(value, `${record.user} ${record.id} field ${field}`).toBeLessThan(limit);
    }
  }
});

test('everyday: its known deviations are there, each once', async () => {
  const { replayed, tally } = await run('everyday');
  expect(tally.warnings.v2.toObject()).toMatchObject({
    duplicate_dropped: 1,
    portion_applied: 1,
    proposal_kept: 1,
    provider_figures: 2,
    reconciled: 1,
    unknown_food: 1,
  });
  const off = replayed.filter(({ result }) => Math.abs(result.record?.values[0] ?? 0) >= 1);
  expect(off.length).toBeGreaterThanOrEqual(4);
  expect(off.length).toBeLessThanOrEqual(6);
});

test('noisy: the same people, the same meals, a provider that gets them wrong', async () => {
  const [calm, noisy] = [await run('everyday'), await run('noisy')];
  const meals = ({ replayed }: SuiteRun) =>
    replayed.map(
      ({ record }) => `${record.user} ${record.at} ${messageOf(record).replace('、トマト少なめ', '')}`,
    );
  expect(meals(noisy)).toEqual(meals(calm));
  const figures = noisy.replayed.flatMap(({ record }) => {
    const answer = JSON.parse(record.upstream[0]!.response!.body);
    return answer.items.flatMap((item: Record<string, number>) => [
      item.calories,
      item.protein_g,
      item.fat_g,
      item.carbs_g,
    ]);
  });
  expect(figures.every(Number.isInteger)).toBe(true);
  expect(noisy.tally.day[0]!.breaches + noisy.tally.day[3]!.breaches).toBeGreaterThan(20);
});

test('edges: every guard and every warning of either path comes up', async () => {
  const { tally } = await run('edges');
  expect(Object.keys(tally.warnings.v2.toObject())).toEqual([
    'density_rejected',
    'duplicate_dropped',
    'fat_adjusted',
    'generic_food',
    'grams_clamped',
    'items_truncated',
    'macros_scaled',
    'merged',
    'oil_added',
    'portion_applied',
    'portion_clamped',
    'proposal_kept',
    'provider_figures',
    'reconciled',
    'skip_detected',
    'unknown_food',
    'v2_rejected',
  ]);
  expect(Object.keys(tally.warnings.legacy.toObject())).toEqual([
    'fat_adjusted',
    'macros_scaled',
    'missing_as_zero',
  ]);
  expect([tally.paths.v2.refused, tally.paths.v2.failed, tally.paths.legacy.failed]).toEqual([2, 0, 0]);
});

test('edges: a skip leaves no food in legacy, and a meal beside the word skip stays a meal', async () => {
  const { replayed } = await run('edges');
  const skips = replayed.filter(({ result }) => result.v2?.warnings.includes('skip_detected'));
  expect(skips).toHaveLength(5);
  for (const { result } of skips)
    expect([result.legacy?.totals, result.v2?.totals]).toEqual([[0, 0, 0, 0], null]);
  const eaten = replayed.filter(
    ({ record, result }) => /抜き|[Ss]kipped/.test(messageOf(record)) && result.v2?.totals?.[0],
  );
  expect(eaten).toHaveLength(2);
});

test.each([
  ['u-midnight', 'r0001', '2025-09-01T14:59:59.999Z', '2025-09-01'],
  ['u-midnight', 'r0002', '2025-09-01T15:00:00.000Z', '2025-09-02'],
  ['u-leap', 'r0001', '2024-02-28T14:59:59.999Z', '2024-02-28'],
  ['u-leap', 'r0002', '2024-02-28T15:00:00.000Z', '2024-02-29'],
  ['u-leap', 'r0003', '2024-02-29T14:59:59.999Z', '2024-02-29'],
  ['u-leap', 'r0004', '2024-02-29T15:00:00.000Z', '2024-03-01'],
  ['u-new-year', 'r0002', '2024-12-31T15:00:00.000Z', '2025-01-01'],
  // The clocks of New York and Berlin change; the fixed offset knows only its own midnight.
  ['u-new-york', 'r0001', '2025-03-09T06:59:59.999Z', '2025-03-09'],
  ['u-new-york', 'r0002', '2025-03-09T07:00:00.000Z', '2025-03-09'],
  ['u-new-york', 'r0003', '2025-03-09T15:00:00.000Z', '2025-03-10'],
  ['u-new-york', 'r0004', '2025-11-02T05:30:00.000Z', '2025-11-02'],
  ['u-new-york', 'r0005', '2025-11-02T06:30:00.000Z', '2025-11-02'],
  ['u-new-york', 'r0006', '2025-11-02T15:00:00.000Z', '2025-11-03'],
  ['u-berlin', 'r0001', '2025-03-30T00:59:59.999Z', '2025-03-30'],
  ['u-berlin', 'r0002', '2025-03-30T01:00:00.000Z', '2025-03-30'],
  ['u-berlin', 'r0003', '2025-10-26T00:30:00.000Z', '2025-10-26'],
  ['u-berlin', 'r0004', '2025-10-26T01:30:00.000Z', '2025-10-26'],
  ['u-berlin', 'r0005', '2025-10-26T14:59:59.999Z', '2025-10-26'],
  ['u-berlin', 'r0006', '2025-10-26T15:00:00.000Z', '2025-10-27'],
])('edges: %s %s at %s belongs to %s', async (user, id, at, date) => {
  const { record, result } = (await edgesRun).of(user, id);
  expect([record.at, result.date]).toEqual([at, date]);
});
const edgesRun = run('edges');

test('edges: strange text reaches the provider and the store in one piece', async () => {
  const { of } = await edgesRun;
  expect(messageOf(of('u-text', 'r0001').record)).toBe('👨‍👩‍👧‍👦でご飯🍚 🇯🇵👍🏽');
  // Composed or not, half width or not, V2 knows the food.
  for (const id of ['r0001', 'r0002', 'r0003']) expect(of('u-text', id).result.v2?.warnings).toEqual([]);
  expect(messageOf(of('u-text', 'r0006').record).length).toBeGreaterThan(3_000);
  const stored = of('u-text', 'r0007').result.liveRow;
  expect(stored?.food_item).toBe('ご飯 ');
  expect(of('u-text', 'r0008').record.request.body).toEqual({});
});

test('retries: each way of repeating ends as production ends it', async () => {
  const { tally, of } = await run('retries');
  expect(tally.dispositions.toObject()).toEqual({ hit: 14, new: 17, other: 3, stale: 2 });
  const disposition = (user: string, id: string) => of(user, id).result.disposition;
  // By header, under other words too; by body field; by words alone; by a picture.
  for (const [user, id] of [
    ['u-header', 'r0002'],
    ['u-header', 'r0004'],
    ['u-body', 'r0002'],
    ['u-auto', 'r0002'],
    ['u-photo', 'r0002'],
  ] as const) {
    expect(disposition(user, id)).toBe('hit');
  }
  // The header stands above the body's field, and keys are each user's own.
  expect([
    disposition('u-body', 'r0003'),
    disposition('u-body', 'r0004'),
    disposition('u-body', 'r0006'),
  ]).toEqual(['new', 'hit', 'new']);
  expect([disposition('u-gone', 'r0003'), disposition('u-gone', 'r0007')]).toEqual(['stale', 'stale']);
  // 89 days later still a repeat, 90 days and a second later a meal.
  expect([disposition('u-auto', 'r0006'), disposition('u-auto', 'r0007')]).toEqual(['hit', 'new']);
  // Twins share a moment; one of them asked the provider.
  const [first, second] = [of('u-twin', 'r0001'), of('u-twin', 'r0002')];
  expect([first.atMs === second.atMs, first.record.upstream.length, second.record.upstream.length]).toEqual([
    true,
    1,
    0,
  ]);
  // Swallowed: more than an hour after the first, and not the one at exactly an hour.
  expect(tally.incidents.count('swallowed')).toBe(4);
});

test('provider-faults: every fault is met, recovered from or answered by the dictionary', async () => {
  const { replayed, tally } = await run('provider-faults');
  const exchanges = replayed.flatMap(({ record }) => record.upstream);
  const seen = new Set(exchanges.map(({ response }) => response?.status ?? 'none'));
  expect(seen).toEqual(new Set(['none', 200, 302, 400, 429, 500, 502, 503]));
  expect(tally.warnings.legacy.toObject()).toMatchObject({
    provider_empty: 1,
    provider_malformed: 4,
    provider_status: 5,
    provider_timeout: 2,
  });
  const recovered = replayed.filter(
    ({ record, result }) =>
      record.upstream.length > 1 && !result.legacy?.warnings.some((code) => code.startsWith('provider_')),
  );
  expect(recovered.length).toBeGreaterThanOrEqual(7);
  expect(tally.warnings.v2.get('generic_food')).toBe(2);
});

/** Suites in which the recording itself is what must be seen. */
const AT_FAULT_AS_RECORDED = ['refused', 'swallowed', 'skipped', 'identity-changed'];

test.each(
  SUITES.map(({ name }) => name).filter(
    (name) =>
      name.startsWith('must-fail/') && !AT_FAULT_AS_RECORDED.includes(name.slice('must-fail/'.length)),
  ),
)('%s is healthy as recorded: only its defect makes it fail', async (name) => {
  const { replayed, tally } = await run(name);
  expect(tally.paths.legacy.ran).toBeGreaterThan(0);
  expect([tally.paths.v2.failed, tally.paths.v2.refused, tally.incidents.count('swallowed')]).toEqual([
    0, 0, 0,
  ]);
  for (const { result } of replayed)
    expect([result.record?.breached ?? 0, result.day?.breached ?? 0]).toEqual([0, 0]);
});
