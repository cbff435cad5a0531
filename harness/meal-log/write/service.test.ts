import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlagTexts, RequestFile, Upstream, Write, WriteResult } from '../../migration.ts';
import { VirtualClock } from '../../replay/clock.ts';
import { SeededIds } from '../../replay/ids.ts';
import { Tally } from '../../tally/tally.ts';
import { FIELDS } from '../fields.ts';
import { METRICS } from '../metrics.ts';
import { memoryStore } from '../store/memory.ts';
import type { DiffRow, MealLogStore, NewMealLog } from '../store/contract.ts';
import { createMealLogService } from './service.ts';

interface Meal {
  readonly user?: string;
  readonly atMs?: number;
  readonly key?: string | null;
  readonly message?: string;
  readonly items?: readonly object[];
  readonly totals?: object;
  readonly files?: readonly RequestFile[];
}

const START = Date.UTC(2025, 8, 1, 3);

/** A service on a memory store with one virtual clock, and what it leaves in the store. */
function bench(options: { flags?: FlagTexts; defect?: string | null } = {}) {
  const clock = new VirtualClock();
  const ids = new SeededIds('test', { keepIssued: false });
  const store = memoryStore();
  const tally = new Tally({ fields: FIELDS, metrics: METRICS, redCodes: [] });
  const service = createMealLogService({
    store,
    flags: options.flags ?? {},
    clock,
    ids,
    metrics: tally.metrics,
    tzOffsetMinutes: 540,
    verbatim: true,
    defect: options.defect ?? null,
  });
  let sent = 0;
  return {
    store,
    tally,
    send(meal: Meal): Promise<WriteResult> {
      sent += 1;
      const user = meal.user ?? 'u1';
      const atMs = meal.atMs ?? START + sent * 60_000;
      clock.jumpTo(atMs);
      ids.begin(user, `r${sent}`);
      return service.write(
        writeOf({ ...meal, user, atMs, key: meal.key === undefined ? `k${sent}` : meal.key }),
      );
    },
    remove(logId: string, user = 'u1'): Promise<WriteResult> {
      const request = { method: 'DELETE', path: `/log/${logId}`, headers: {}, body: null, files: [] };
      return service.write({ ...writeOf({ user, atMs: START }), request });
    },
  };
}

function writeOf(meal: Meal): Write {
  const answer = { dish: 'dish', confidence: 0.9, items: meal.items ?? [], totals: meal.totals };
  const upstream: Upstream = async () => ({ status: 200, body: JSON.stringify(answer) });
  return {
    user: meal.user ?? 'u1',
    atMs: meal.atMs ?? START,
    request: {
      method: 'POST',
      path: '/log',
      headers: meal.key ? { 'idempotency-key': meal.key } : {},
      body: { message: meal.message ?? 'lunch' },
      files: meal.files ?? [],
    },
    requestKey: null,
    rolloutBucket: null,
    upstream,
  };
}

const rice = (grams: number, kcal = 1.56 * grams) => ({
  name: 'ごはん',
  amount: grams,
  unit: 'g',
  calories: kcal,
  protein_g: 0.025 * grams,
  fat_g: 0.003 * grams,
  carbs_g: 0.371 * grams,
});

describe('a new write', () => {
  it('stores one log, one request, one shadow row, one record diff and the day', async () => {
    const { send, store } = bench();
    const result = await send({ items: [rice(150)] });
    expect([result.disposition, result.legacy?.state, result.v2?.state]).toEqual(['new', 'stored', 'stored']);
    expect(await store.census()).toEqual({
      meal_logs: 1,
      meal_logs_v2_shadow: 1,
      ingest_requests: 1,
      diffs: 2,
    });
  });

  it('answers from the live row as stored', async () => {
    const { send } = bench();
    const { answer } = await send({ items: [rice(150)], key: 'abc' });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        ok: true,
        idempotent: false,
        idempotency_key: 'abc',
        dish: 'dish',
        nutrition: { calories: 234, protein_g: 3.8, fat_g: 0.5, carbs_g: 55.7 },
        landing_type: 'result',
      },
    });
  });

  it('takes legacy totals from the provider where all four are given, else from the items', async () => {
    const { send } = bench();
    const totals = { calories: 500, protein_g: 20, fat_g: 20, carbs_g: 60 };
    expect((await send({ items: [rice(150)], totals })).legacy?.totals).toEqual([500, 20, 20, 60]);
    const partial = await send({ items: [rice(150)], totals: { ...totals, fat_g: null } });
    expect(partial.legacy?.totals?.[0]).toBe(234);
  });

  it('does not compute V2 while the shadow is off', async () => {
    const { send, store } = bench({ flags: { NORMALIZE_V2_SHADOW: '0' } });
    expect((await send({ items: [rice(150)] })).v2).toBeNull();
    expect((await store.census()).meal_logs_v2_shadow).toBe(0);
  });
});

describe('a repeat', () => {
  it('by header, by body field or by the same words stores nothing and gets the first answer', async () => {
    for (const meal of [{ key: 'k' }, { key: null, message: 'the same words' }]) {
      const { send, store } = bench();
      const first = await send({ ...meal, items: [rice(150)] });
      const again = await send({ ...meal, items: [rice(999)] });
      expect(again.disposition).toBe('hit');
      expect(again.answer.body).toEqual({ ...(first.answer.body as object), idempotent: true });
      expect(await store.census()).toEqual({
        meal_logs: 1,
        meal_logs_v2_shadow: 1,
        ingest_requests: 1,
        diffs: 2,
      });
    }
  });

  it('of another user is a write of its own', async () => {
    const { send } = bench();
    await send({ key: 'k', items: [rice(150)] });
    expect((await send({ user: 'u2', key: 'k', items: [rice(150)] })).disposition).toBe('new');
  });

  it('differs by its files where the key is automatic', async () => {
    const { send } = bench();
    const photo = (digit: string) => [{ name: 'a', mime: 'image/jpeg', sha256: digit.repeat(64), bytes: 1 }];
    await send({ key: null, files: photo('1'), items: [rice(150)] });
    expect((await send({ key: null, files: photo('2'), items: [rice(150)] })).disposition).toBe('new');
    expect((await send({ key: null, files: photo('1'), items: [rice(150)] })).disposition).toBe('hit');
  });

  it('is stale once its log is deleted', async () => {
    const { send, remove } = bench();
    const { rowId } = await send({ key: 'k', items: [rice(150)] });
    expect((await remove(rowId!)).answer.status).toBe(200);
    expect((await remove(rowId!)).answer.status).toBe(404);
    const stale = await send({ key: 'k', items: [rice(150)] });
    expect([stale.disposition, stale.answer.status]).toEqual(['stale', 409]);
    expect(stale.answer.body).toMatchObject({ ok: false, error: 'stale_idempotency' });
  });

  it('is a new write after ninety days, and not a moment before', async () => {
    const { send } = bench();
    await send({ key: 'k', atMs: START, items: [rice(150)] });
    const almost = START + 90 * 86_400_000;
    expect((await send({ key: 'k', atMs: almost, items: [rice(150)] })).disposition).toBe('hit');
    expect((await send({ key: 'k', atMs: almost + 1, items: [rice(150)] })).disposition).toBe('new');
  });

  it('cannot delete what belongs to somebody else', async () => {
    const { send, remove } = bench();
    const { rowId } = await send({ items: [rice(150)] });
    expect((await remove(rowId!, 'u2')).answer.status).toBe(404);
  });
});

describe('the dual write', () => {
  it('merges V2 into the live row of users inside the share and touches no other', async () => {
    const bucketOf = (user: string) =>
      Number(createHash('sha256').update(`DUAL_WRITE_V2:${user}`).digest().readBigUInt64BE(0) % 10_000n);
    const { send } = bench({ flags: { DUAL_WRITE_V2: '10%' } });
    const inside: string[] = [];
    for (let number = 0; number < 200; number++) {
      const user = `user-${number}`;
      const { phase, liveRow } = await send({ user, items: [rice(150)] });
      expect(phase).toBe(bucketOf(user) < 1000 ? 'P1' : 'P0');
      const meta = liveRow!.meta as { v2?: unknown };
      expect('v2' in meta).toBe(phase === 'P1');
      if (phase === 'P1') inside.push(user);
      expect(liveRow!.slot === null).toBe(phase === 'P0');
    }
    expect(inside.length).toBeGreaterThan(8);
    expect(inside.length).toBeLessThan(35);
  });

  it('changes no difference and no answer', async () => {
    const [off, on] = [bench(), bench({ flags: { DUAL_WRITE_V2: '1' } })];
    const [a, b] = [await off.send({ items: [rice(150, 400)] }), await on.send({ items: [rice(150, 400)] })];
    expect(b.record).toEqual(a.record);
    expect(b.answer).toEqual(a.answer);
    expect(b.day).toEqual({ ...a.day!, phase: 'P1' });
  });
});

describe('the isolation of V2', () => {
  const items = [rice(150), { name: '卵', amount: 50, unit: 'g', calories: 71 }];

  it('keeps answer and row when V2 throws, rolls the shadow back whole and counts the error', async () => {
    const [healthy, broken] = [bench(), bench({ defect: 'v2-throws', flags: { DUAL_WRITE_V2: '1' } })];
    const [well, ill] = [await healthy.send({ items }), await broken.send({ items })];
    expect(ill.answer).toEqual(well.answer);
    expect(ill.liveRow).toEqual(well.legacy!.rows[0]!.row);
    expect(ill.v2).toMatchObject({ state: 'failed', failure: { code: 'exception' } });
    expect(await broken.store.census()).toMatchObject({ meal_logs: 1, meal_logs_v2_shadow: 0, diffs: 0 });
    expect(broken.tally.metrics.counter('meal_log_shadow_write_errors_total', null)).toBe(1);
  });

  it('observes the record before an insert is refused, never the day, and the duration always', async () => {
    const { send, store, tally } = bench({ defect: 'unrounded' });
    const result = await send({ items: [rice(151)] }); // 235.56 kcal does not fit dkcal integer
    expect(result.v2).toMatchObject({ state: 'failed', failure: { code: 'invalid_text_representation' } });
    expect(await store.census()).toMatchObject({ meal_logs_v2_shadow: 0, diffs: 0 });
    const count = (name: string) =>
      tally.metrics.samples().filter((sample) => sample.name === name && sample.value > 0).length;
    expect(count('meal_log_shadow_diff_abs_count')).toBe(4);
    expect(count('meal_log_shadow_daily_diff_abs_count')).toBe(0);
    expect(count('meal_log_shadow_write_duration_seconds_count')).toBe(1);
  });

  it('computes the same V2 when legacy throws', async () => {
    const figure = fc.integer({ min: 0, max: 400 });
    const item = fc.record({
      name: fc.constantFrom('ごはん', '卵', 'banana', 'zyxwv', 'generic_meal'),
      amount: figure,
      unit: fc.constantFrom('g', '個', 'cup', 'nonsense'),
      calories: fc.option(figure),
      protein_g: fc.option(figure),
      fat_g: fc.option(figure),
      carbs_g: fc.option(figure),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 6 }), async (meal) => {
        const totals = { calories: 100, protein_g: 1, fat_g: 1, carbs_g: 1 };
        const well = await bench().send({ items: meal, totals });
        const ill = await bench({ defect: 'legacy-throws' }).send({ items: meal, totals });
        expect(ill.answer.status).toBe(500);
        expect(ill.v2!.state).toBe('unstored');
        for (const part of ['totals', 'warnings', 'trace'] as const)
          expect(ill.v2![part]).toEqual(well.v2![part]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the day', () => {
  it('is the signed sum of its record diffs, observed again at each of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 8 }),
        async (energies) => {
          const { send, store, tally } = bench();
          const sums = [0, 0, 0, 0];
          let last: WriteResult | null = null;
          for (const kcal of energies) {
            last = await send({ items: [rice(150, kcal)] });
            for (let field = 0; field < 4; field++) sums[field]! += last.record!.values[field]!;
          }
          expect(last!.day!.records).toBe(energies.length);
          expect(last!.day!.values[0]).toBe(Math.round(sums[0]!));
          for (let field = 1; field < 4; field++)
            expect(last!.day!.values[field]).toBeCloseTo(sums[field]!, 1);
          const rows = (await store.dump()).diffs as unknown as DiffRow[];
          expect(rows.filter(({ level }) => level === 'day').length).toBe(1);
          const observed = tally.metrics
            .samples()
            .find(
              ({ name, labels }) =>
                name === 'meal_log_shadow_daily_diff_abs_count' && labels.field === 'dkcal',
            );
          expect(observed?.value).toBe(energies.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('changes at the fixed offset, not at UTC midnight', async () => {
    const { send } = bench();
    const before = await send({ atMs: Date.UTC(2025, 8, 1, 14, 59, 59, 999), items: [rice(150)] });
    const after = await send({ atMs: Date.UTC(2025, 8, 1, 15), items: [rice(150)] });
    expect([before.date, after.date]).toEqual(['2025-09-01', '2025-09-02']);
    expect(after.day!.records).toBe(1);
  });
});

describe('a skip', () => {
  it('shows a mismatch where legacy stored food for it', async () => {
    const { send } = bench();
    const mismatch = await send({ message: 'skipped breakfast', items: [rice(150)] });
    expect(mismatch.v2!.warnings).toEqual(['skip_detected', 'skip_mismatch']);
    expect(mismatch.record!.values[0]).toBe(-234);
    const agreed = await send({
      message: 'skipped breakfast',
      items: [],
      totals: { calories: 0, protein_g: 0, fat_g: 0, carbs_g: 0 },
    });
    expect(agreed.v2!.warnings).toEqual(['skip_detected']);
    expect(agreed.record!.values[0]).toBe(0);
  });
});

describe('a refused record', () => {
  it('is stored by legacy alone and is no failure', async () => {
    const { send, store, tally } = bench();
    const files = Array.from({ length: 4 }, () => ({
      name: 'a',
      mime: 'image/jpeg',
      sha256: '1'.repeat(64),
      bytes: 1,
    }));
    const result = await send({ files, items: [rice(150)] });
    expect([result.legacy!.state, result.v2!.state]).toEqual(['stored', 'refused']);
    expect(await store.census()).toMatchObject({ meal_logs: 1, meal_logs_v2_shadow: 0, diffs: 0 });
    expect(tally.metrics.counter('meal_log_shadow_write_errors_total', null)).toBe(0);
  });
});

describe('texts that the store is told not to read again', () => {
  it('are such as the store would have taken, whatever the provider sends', async () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    const nasty = fc.oneof(text, fc.constantFrom('\0', 'a\0b', '\ud800', 'x\udc00y', '\u0000ご飯'));
    const item = fc.record({
      name: nasty,
      amount: fc.nat(500),
      unit: nasty,
      calories: fc.option(fc.nat(500)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 4 }), nasty, async (items, dish) => {
        const { store } = bench();
        const checked = memoryStore();
        const answer = JSON.stringify({ dish, confidence: 0.9, items });
        const clock = new VirtualClock();
        const ids = new SeededIds('test', { keepIssued: false });
        const environment = { flags: {}, clock, ids, metrics: { observe() {}, increment() {} } };
        for (const each of [store, withoutVouching(checked)]) {
          ids.begin('u', 'r');
          const service = createMealLogService({
            ...environment,
            store: each,
            tzOffsetMinutes: 540,
            verbatim: true,
            defect: null,
          });
          await service.write({
            ...writeOf({ key: 'k' }),
            upstream: async () => ({ status: 200, body: answer }),
          });
        }
        expect(await store.dump()).toEqual(await checked.dump());
      }),
      { numRuns: 200 },
    );
  });
});

/** A store that reads every text, whatever it is told. */
function withoutVouching(store: MealLogStore): MealLogStore {
  return {
    ...store,
    transaction: (work) =>
      store.transaction((tx) => {
        const reading = Object.create(tx) as typeof tx;
        for (const name of ['lockKey', 'findRequest', 'findLog', 'insertRequest', 'deleteLog'] as const) {
          Object.defineProperty(reading, name, { value: tx[name].bind(tx) });
        }
        Object.defineProperty(reading, 'insertLog', { value: (row: NewMealLog) => tx.insertLog(row) });
        return work(reading);
      }),
    shadowTransaction: (work) =>
      store.shadowTransaction((tx) => {
        const reading = Object.create(tx) as typeof tx;
        for (const name of ['lockDay', 'mergeIntoLive', 'insertRecordDiff', 'recomputeDay'] as const) {
          Object.defineProperty(reading, name, { value: tx[name].bind(tx) });
        }
        Object.defineProperty(reading, 'insertShadow', { value: (row: NewMealLog) => tx.insertShadow(row) });
        return work(reading);
      }),
  };
}

describe('recorded identity', () => {
  it('is held against what the service derives in a verbatim recording', async () => {
    const { send } = bench();
    expect((await send({ items: [rice(150)] })).identityHolds).toBe(true);
    const service = createMealLogService({
      store: memoryStore(),
      flags: {},
      clock: new VirtualClock(),
      ids: new SeededIds('test', { keepIssued: false }),
      metrics: { observe() {}, increment() {} },
      tzOffsetMinutes: 540,
      verbatim: true,
      defect: null,
    });
    const write = writeOf({ key: 'k', items: [rice(150)] });
    const digest = createHash('sha256').update('k').digest('hex');
    expect((await service.write({ ...write, requestKey: digest })).identityHolds).toBe(true);
    expect((await service.write({ ...write, requestKey: digest.replace(/^./, 'x') })).identityHolds).toBe(
      false,
    );
    expect((await service.write({ ...write, requestKey: digest, rolloutBucket: 10_000 })).identityHolds).toBe(
      false,
    );
  });
});
