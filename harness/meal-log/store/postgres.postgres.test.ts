import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LONG_AGO, newDiff, newLog, newRequest, uuidOf } from '../../../tests/postgres/rows.ts';
import { describeWithPostgres } from '../../../tests/postgres/with-postgres.ts';
import { GolemError } from '../../errors.ts';
import type { MealLogStore } from './contract.ts';
import { addRecord, dayValues, emptyDay } from './day-sums.ts';
import { scaledExactly, unscaled } from './decimal-rounding.ts';
import { openMealLogStore } from './open.ts';
import { openPostgres } from './postgres.ts';

/** Tells this file's connections from those of test files that run beside it. */
const APPLICATION = 'golem-locks';

const DAY = { id: uuidOf('day'), ts: newDiff().ts, phase: 'P0', userId: 'ann', date: '2025-01-02' };

describeWithPostgres('the store on PostgreSQL', (serverUrl) => {
  // A lock that is never let go ends in a refusal, not in a run that hangs.
  const url = `${serverUrl}?application_name=${APPLICATION}&options=-c%20lock_timeout%3D5000`;
  let admin: pg.Client;
  beforeAll(async () => {
    admin = new pg.Client({ connectionString: serverUrl });
    await admin.connect();
  });
  afterAll(() => admin.end());

  async function schemas(client: pg.Client): Promise<readonly string[]> {
    const result = await client.query<{ nspname: string }>(
      `select nspname from pg_namespace where nspname !~ '^(pg_|information_schema)' order by 1`,
    );
    return result.rows.map((row) => row.nspname);
  }

  /** Waits until a backend is blocked by a lock, which is what these tests wait for. */
  async function someoneWaits(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      const result = await admin.query(
        `select 1 from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`,
        [APPLICATION],
      );
      if (result.rowCount) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error('nobody waits for a lock');
  }

  describe('transactions', () => {
    let store: MealLogStore;
    beforeAll(async () => {
      store = await openMealLogStore({ kind: 'postgres', url });
    });
    beforeEach(() => store.reset());
    afterAll(() => store.close());

    it('lets the second of two twins wait for the first and then find it', async () => {
      const first = Promise.withResolvers<void>();
      const stored = Promise.withResolvers<void>();
      const one = store.transaction(async (tx) => {
        await tx.lockKey('ann', 'k');
        await tx.insertLog(newLog());
        await tx.insertRequest(newRequest(), LONG_AGO);
        stored.resolve();
        await first.promise;
      });
      await stored.promise;
      const two = store.transaction(async (tx) => {
        await tx.lockKey('ann', 'k');
        return tx.findRequest('ann', 'k', LONG_AGO);
      });
      // The first is let go whatever comes of it, so that a failure ends the test and not the run.
      await someoneWaits().finally(first.resolve);
      await one;
      expect(await two).toEqual(newRequest());
    });

    it('lets other keys pass a held lock, also one whose parts join to the same text', async () => {
      await store.transaction(async (held) => {
        await held.lockKey('ann', 'k');
        await store.transaction((tx) => tx.lockKey('an', 'nk'));
        await expect(store.transaction((tx) => tx.findRequest('ann', 'k', LONG_AGO))).resolves.toBeNull();
      });
    });

    it('refuses the second of two twins that did not lock', async () => {
      await store.transaction(async (tx) => {
        await tx.insertLog(newLog());
        await tx.insertRequest(newRequest(), LONG_AGO);
      });
      const twin = store.transaction((tx) => tx.insertRequest(newRequest({ id: uuidOf('twin') }), LONG_AGO));
      await expect(twin).rejects.toMatchObject({ code: 'unique_violation' });
    });

    it('gives the shadow a connection of its own: one held open blocks no live write', async () => {
      await store.transaction((tx) => tx.insertLog(newLog()));
      const held = Promise.withResolvers<void>();
      const open = Promise.withResolvers<void>();
      const shadow = store.shadowTransaction(async (tx) => {
        await tx.lockDay('P0', 'ann', '2025-01-02');
        await tx.insertShadow(newLog({ id: uuidOf('shadow') }));
        await tx.insertRecordDiff(newDiff());
        open.resolve();
        await held.promise;
      });
      await open.promise;
      try {
        await store.transaction(async (tx) => {
          await tx.lockKey('ann', 'other');
          await tx.insertLog(newLog({ id: uuidOf('other') }));
          await tx.insertRequest(newRequest({ request_key: 'other', log_id: uuidOf('other') }), LONG_AGO);
          await tx.deleteLog(uuidOf('log'), 'ann');
        });
        expect(await store.census()).toMatchObject({ meal_logs: 2, meal_logs_v2_shadow: 0, diffs: 0 });
      } finally {
        held.resolve();
      }
      await shadow;
      expect(await store.census()).toMatchObject({ meal_logs_v2_shadow: 1, diffs: 1 });
    });

    it('leaves the live row as it was when the shadow fails after merging into it', async () => {
      const live = await store.transaction((tx) => tx.insertLog(newLog()));
      const failing = store.shadowTransaction(async (tx) => {
        await tx.mergeIntoLive(live.id, { slot: 'lunch', event: 'eat', totals: null, meta: {} });
        await tx.insertRecordDiff(newDiff({ dkcal: 0.5 }));
      });
      await expect(failing).rejects.toMatchObject({ code: 'invalid_text_representation' });
      expect((await store.dump()).meal_logs).toEqual([live]);
    });

    it('serialises two shadows of one day, so that the last one counts both', async () => {
      await store.transaction(async (tx) => {
        for (const name of ['a', 'b']) await tx.insertLog(newLog({ id: uuidOf(name) }));
      });
      const held = Promise.withResolvers<void>();
      const locked = Promise.withResolvers<void>();
      const record = (name: string, before: () => Promise<void>) =>
        store.shadowTransaction(async (tx) => {
          await tx.insertRecordDiff(newDiff({ id: uuidOf(`diff ${name}`), log_id: uuidOf(name) }));
          await tx.lockDay('P0', 'ann', '2025-01-02');
          await before();
          return tx.recomputeDay(DAY);
        });
      const one = record('a', () => {
        locked.resolve();
        return held.promise;
      });
      await locked.promise;
      const two = record('b', async () => {});
      await someoneWaits().finally(held.resolve);
      expect((await one).details.records).toBe(1);
      expect((await two).details.records).toBe(2);
    });

    it('keeps one row a phase, user and day, and updates it in place', async () => {
      await store.transaction(async (tx) => {
        for (const name of ['a', 'b']) await tx.insertLog(newLog({ id: uuidOf(name) }));
      });
      for (const name of ['a', 'b']) {
        await store.shadowTransaction(async (tx) => {
          await tx.insertRecordDiff(newDiff({ id: uuidOf(`diff ${name}`), log_id: uuidOf(name), dkcal: 7 }));
          await tx.recomputeDay({ ...DAY, id: uuidOf(`day ${name}`) });
        });
      }
      const days = (await store.dump()).diffs?.filter(({ level }) => level === 'day');
      expect(days).toMatchObject([{ id: uuidOf('day a'), dkcal: 14, log_id: null }]);
    });

    it('runs statements called in one tick in the order of the calls', async () => {
      const [, before, row, , after] = await store.transaction((tx) =>
        Promise.all([
          tx.lockKey('ann', 'k'),
          tx.findRequest('ann', 'k', LONG_AGO),
          tx.insertLog(newLog()),
          tx.insertRequest(newRequest(), LONG_AGO),
          tx.findRequest('ann', 'k', LONG_AGO),
        ]),
      );
      expect([before, row.id, after]).toEqual([null, uuidOf('log'), newRequest()]);
    });

    it('names the first refusal of statements called in one tick', async () => {
      const refused = store.transaction((tx) =>
        Promise.all([
          tx.insertLog(newLog({ calories: 1e6 })),
          tx.insertRequest(newRequest(), LONG_AGO),
          tx.insertRequest(newRequest(), LONG_AGO),
        ]),
      );
      await expect(refused).rejects.toMatchObject({ code: 'numeric_value_out_of_range' });
      expect(await store.transaction((tx) => tx.findRequest('ann', 'k', LONG_AGO))).toBeNull();
    });

    it('computes a day in SQL exactly as the sums outside SQL do', async () => {
      const micro = fc.integer({ min: -9_000_000, max: 9_000_000 }).map((units) => units / 1e6);
      const half = fc.integer({ min: -400, max: 400 }).map((k) => (k * 5) / 1_000);
      const record = fc.record({
        dkcal: fc.integer({ min: -900, max: 900 }),
        dp: fc.oneof(micro, half),
        df: fc.oneof(micro, half),
        dc: fc.oneof(micro, half),
        legacy: fc.integer({ min: 0, max: 99_999 }).map((cells) => cells / 100),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 25 }), async (records) => {
          await store.reset();
          const day = emptyDay();
          const row = await store
            .transaction(async (tx) => {
              for (const index of records.keys()) await tx.insertLog(newLog({ id: uuidOf(`log ${index}`) }));
            })
            .then(() =>
              store.shadowTransaction(async (tx) => {
                for (const [index, { legacy, ...diff }] of records.entries()) {
                  const totals = { calories: legacy, protein_g: legacy, fat_g: legacy, carbs_g: legacy };
                  const stored = newDiff({
                    ...diff,
                    id: uuidOf(`diff ${index}`),
                    log_id: uuidOf(`log ${index}`),
                    details: { legacy: totals, v2: totals, codes: [] },
                  });
                  await tx.insertRecordDiff(stored);
                  addRecord(day, stored);
                }
                return tx.recomputeDay(DAY);
              }),
            );
          const { dkcal, dp, df, dc, rel_p, rel_f, rel_c, details } = row;
          expect({ dkcal, dp, df, dc, rel_p, rel_f, rel_c, details }).toEqual(dayValues(day));
        }),
        { numRuns: 25 },
      );
    });
  });

  it('rounds as the server rounds, ties included', async () => {
    const values = [
      ...Array.from({ length: 2_000 }, (_, k) => (k - 1_000) / 1_000 + 0.005),
      ...Array.from({ length: 2_000 }, (_, k) => Number(`${k * 37 - 30_000}.${k % 10}${(k * 7) % 10}5`)),
      ...fc.sample(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { numRuns: 2_000, seed: 7 }),
    ];
    const result = await admin.query<{ rounded: string }>({
      text: 'select round(x::numeric, 2)::text as rounded from unnest($1::text[]) with ordinality as t(x, n) order by n',
      values: [values.map(String)],
    });
    expect(values.map((value) => unscaled(scaledExactly(value, 2), 2))).toEqual(
      result.rows.map((row) => Number(row.rounded) + 0),
    );
  });

  it('takes the P95 of a day as percentile_cont does', async () => {
    const days = fc.sample(
      fc.array(
        fc.integer({ min: 0, max: 900_000_000 }).map((micro) => micro / 1e6),
        { minLength: 1, maxLength: 40 },
      ),
      { numRuns: 300, seed: 7 },
    );
    for (const grams of days) {
      const day = emptyDay();
      for (const dp of grams) addRecord(day, newDiff({ dp }));
      const result = await admin.query<{ p95: number }>({
        text: 'select percentile_cont(0.95) within group (order by x) as p95 from unnest($1::float8[]) as t(x)',
        values: [grams],
      });
      expect(dayValues(day).details.abs.dp.p95).toBe(unscaled(scaledExactly(result.rows[0]!.p95, 6), 6));
    }
  });

  it('keeps a replay in a schema of its own and drops it at close', async () => {
    await admin.query('create database alone');
    const alone = new URL(url);
    alone.pathname = '/alone';
    const client = new pg.Client({ connectionString: alone.href });
    await client.connect();
    expect(await schemas(client)).toEqual(['public']);
    const store = await openMealLogStore({ kind: 'postgres', url: alone.href });
    expect(await schemas(client)).toEqual([expect.stringMatching(/^golem_[0-9a-f]{32}$/), 'public']);
    await store.transaction((tx) => tx.insertLog(newLog()));
    await store.close();
    expect(await schemas(client)).toEqual(['public']);
    await client.end();
  });

  it('keeps the rows of a named schema, whatever its name needs quoting for', async () => {
    const schema = 'Meal "log"';
    const first = await openPostgres({ url, schema });
    const row = await first.transaction((tx) => tx.insertLog(newLog()));
    await first.close();
    const second = await openPostgres({ url, schema });
    expect(await second.transaction((tx) => tx.findLog(row.id))).toEqual(row);
    await second.close();
    await admin.query(`drop schema "Meal ""log""" cascade`);
  });

  it('says that the connection was lost, and goes on with a new one', async () => {
    const store = await openMealLogStore({ kind: 'postgres', url });
    const lost = store.transaction(async (tx) => {
      await tx.lockKey('ann', 'k');
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = $1 and state = 'idle in transaction'`,
        [APPLICATION],
      );
      await tx.findRequest('ann', 'k', LONG_AGO);
    });
    await expect(lost).rejects.toMatchObject({ failure: { kind: 'unavailable' } });
    expect(await store.transaction((tx) => tx.findRequest('ann', 'k', LONG_AGO))).toBeNull();
    await store.close();
  });

  it('says that its tables are gone when somebody dropped them', async () => {
    const store = await openPostgres({ url, schema: 'gone' });
    await admin.query('drop schema gone cascade');
    await expect(store.transaction((tx) => tx.findRequest('ann', 'k', LONG_AGO))).rejects.toThrow(
      /^Failed to use "postgres:\/\/127\.0\.0\.1:\d+\/postgres": its tables are gone; .* Run: psql -h 127\.0\.0\.1 -p \d+ -U \w+ -d postgres$/,
    );
    await store.close();
  });

  it('names a database that is not there, and never the password', async () => {
    const wrong = new URL(url);
    wrong.password = 's3cret';
    wrong.pathname = '/nowhere';
    const error = await openPostgres({ url: wrong.href, schema: null }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GolemError);
    expect((error as GolemError).message).toMatch(
      /there is no such database\. Run: createdb -h 127\.0\.0\.1 -p \d+ -U \w+ \w+$/,
    );
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cret');
  });
});
