import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../tests/postgres/with-postgres.ts';
import { databaseImporter } from '../../meal-log/import-database.ts';
import { mealLog } from '../../meal-log/index.ts';
import { openMealLogStore } from '../../meal-log/store/open.ts';
import type { ReplayStore } from '../../migration.ts';
import { replay } from '../../replay/engine.ts';
import type { Replayed } from '../../replayed.ts';
import { Tally } from '../../tally/tally.ts';
import { readRecording } from '../read.ts';
import { type ImportPostgresOptions, importPostgres } from './import-postgres.ts';
import type { RowRange } from './postgres-rows.ts';

const SCHEMA = 'golem_import_test';
const EVERYTHING: RowRange = { since: null, until: null, users: null };
const FIXTURES = join(import.meta.dirname, '../../../fixtures');
/** Suites whose traffic has every kind of row: guards, faults of the provider, repeats, deletions, images. */
const SUITES = ['edges', 'provider-faults', 'retries'];

type Row = Readonly<Record<string, unknown>>;

/** Replays a recording into a store; resolves to what came of it. */
async function replayInto(store: ReplayStore, file: string, dualWrite: string) {
  const source = await readRecording(file);
  const replayed: Replayed[] = [];
  const skipped: string[] = [];
  await replay({
    migration: mealLog,
    store: store as never,
    source,
    flags: { ...mealLog.flags, NORMALIZE_V2_SHADOW: '1', DUAL_WRITE_V2: dualWrite },
    seed: 'import',
    defect: null,
    metrics: new Tally(mealLog).metrics,
    keep: true,
    observer: {
      onReplayed: (one) => void replayed.push(one),
      onSkipped: (record, reason) => void skipped.push(`${record.id}: ${reason}`),
      onUserEnd: () => {},
    },
  });
  return { header: source.header, replayed, skipped };
}

/** What legacy alone decides of a live row; ids are each replay's own. */
function legacyColumns(row: Row): string {
  const { id: _, slot: __, event: ___, totals: ____, meta, row_version: _____, ...legacy } = row;
  const { warnings } = meta as { warnings?: unknown };
  return JSON.stringify(
    Object.fromEntries(Object.entries({ ...legacy, warnings }).sort(([a], [b]) => (a < b ? -1 : 1))),
    (_key, value) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
  );
}

describeWithPostgres('importing from PostgreSQL', (serverUrl) => {
  const url = `${serverUrl}?options=-c%20search_path%3D${SCHEMA}`;
  let admin: pg.Client;
  let folder: string;
  beforeAll(async () => {
    admin = new pg.Client({ connectionString: serverUrl });
    await admin.connect();
  });
  afterAll(() => admin.end());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'golem-import-'));
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    await admin.query(`drop schema if exists ${SCHEMA} cascade`);
  });

  const options = (given: Partial<ImportPostgresOptions> = {}): ImportPostgresOptions => ({
    url,
    range: EVERYTHING,
    outFile: join(folder, 'out.ndjson'),
    env: 'prod',
    tzOffsetMinutes: 540,
    importer: databaseImporter,
    rolloutBucket: mealLog.rolloutBucket,
    strict: false,
    ...given,
  });

  /** Fills the schema's tables as a service would have, from one of the committed recordings. */
  async function fill(suite: string, dualWrite = '0') {
    const store = await openMealLogStore({ kind: 'postgres', url: serverUrl }, { schema: SCHEMA });
    try {
      const served = await replayInto(store, join(FIXTURES, suite, 'recording.ndjson'), dualWrite);
      const { meal_logs: logs = [] } = await store.dump();
      return { ...served, logs };
    } finally {
      await store.close();
    }
  }

  it.each(SUITES)('makes a recording of %s that leaves the same legacy rows', async (suite) => {
    const { header, logs } = await fill(suite, suite === 'edges' ? '1' : '0');
    const report = await importPostgres(options({ tzOffsetMinutes: header.tz_offset_minutes }));
    expect([report.rows, report.taken, report.refused]).toEqual([logs.length, logs.length, []]);
    expect(report.notes).toEqual(databaseImporter.notes);

    const store = await openMealLogStore({ kind: 'memory' }, { schema: null });
    const again = await replayInto(store, join(folder, 'out.ndjson'), '0');
    const { meal_logs: replayed = [] } = await store.dump();
    expect(again.skipped).toEqual([]);
    expect(replayed.map(legacyColumns).sort()).toEqual(logs.map(legacyColumns).sort());
    expect(again.header).toMatchObject({ anonymised: false, simulated: false, grouped_by: 'user' });
    for (const { record, result } of again.replayed) {
      expect(result.identityHolds).toBe(true);
      expect([record.id, result.answer.status]).toEqual([record.id, record.response?.status]);
    }
  });

  it('takes no more than was asked for, and says which keys outlived their logs', async () => {
    const { logs } = await fill('everyday');
    const users = [...new Set(logs.map((row) => String(row.user_id)))].sort();
    const days = [...new Set(logs.map((row) => String(row.consumed_at).slice(0, 10)))].sort();
    const range = { since: `${days[2]}T00:00:00Z`, until: `${days[4]}T00:00:00Z`, users: users.slice(0, 2) };
    const inRange = logs.filter(
      ({ user_id, consumed_at }) =>
        range.users.includes(String(user_id)) && days.slice(2, 4).includes(String(consumed_at).slice(0, 10)),
    );
    expect(inRange.length).toBeGreaterThan(0);
    const report = await importPostgres(options({ range }));
    expect([report.rows, report.records, report.users]).toEqual([inRange.length, inRange.length, 2]);

    const gone = String(inRange[0]?.id);
    await admin.query(`delete from ${SCHEMA}.diffs where log_id = $1`, [gone]);
    await admin.query(`delete from ${SCHEMA}.meal_logs where id = $1`, [gone]);
    await admin.query(`update ${SCHEMA}.meal_logs set ai_raw = null where id = $1`, [inRange[1]?.id]);
    await admin.query(`update ${SCHEMA}.meal_logs set calories = 1 where id = $1`, [inRange[2]?.id]);
    const partly = await importPostgres(options({ range, overwrite: true }));
    expect([partly.taken, partly.reasons]).toEqual([inRange.length - 2, { 'log gone': 1, 'no analysis': 1 }]);
    expect(partly.notes[0]).toBe(
      '1 taken although the totals stored are not those legacy computes of the answer',
    );
    await expect(importPostgres(options({ range, overwrite: true, strict: true }))).rejects.toMatchObject({
      exit: 65,
    });
  });

  it('counts rows whose slot another offset gives', async () => {
    const { logs } = await fill('retries');
    const report = await importPostgres(options({ tzOffsetMinutes: 0 }));
    expect(report.taken).toBe(logs.length);
    expect(report.notes[0]).toMatch(
      /^\d+ taken although the slot stored is not that of its local hour; see --tz-offset$/,
    );
  });

  it('writes the same bytes twice and changes nothing in the database', async () => {
    await fill('retries');
    const state = async () =>
      (await admin.query(`select xmin::text, l::text as row from ${SCHEMA}.meal_logs l order by id`)).rows;
    const before = await state();
    await importPostgres(options());
    await importPostgres(options({ outFile: join(folder, 'again.ndjson') }));
    expect(readFileSync(join(folder, 'again.ndjson'), 'utf8')).toBe(
      readFileSync(join(folder, 'out.ndjson'), 'utf8'),
    );
    expect(await state()).toEqual(before);
  });

  it('could not write if its query tried to', async () => {
    await fill('retries');
    await admin.query(`create function ${SCHEMA}.sneak() returns int language sql as
      $$ update ${SCHEMA}.meal_logs set food_item = 'sneaked'; select 1 $$`);
    const query = databaseImporter.query.replace('select', 'select sneak(),');
    await expect(importPostgres(options({ importer: { ...databaseImporter, query } }))).rejects.toThrow(
      'cannot execute UPDATE in a read-only transaction',
    );
  });

  describe('leaves nothing half-written, and says what to do, when', () => {
    const SECRET = 'hunter2';

    /** How an import fails, as one line; a recording that was there stays. */
    async function failure(given: Partial<ImportPostgresOptions>): Promise<string> {
      const outFile = join(folder, 'mine.ndjson');
      writeFileSync(outFile, 'mine');
      const error = await importPostgres(options({ ...given, outFile, overwrite: true })).then(
        () => null,
        (reason: unknown) => reason as { exit: number; message: string },
      );
      expect(readdirSync(folder)).toEqual(['mine.ndjson']);
      expect(readFileSync(outFile, 'utf8')).toBe('mine');
      expect(error?.message).not.toContain(SECRET);
      return `${error?.exit} ${error?.message}`
        .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
        .replace(/-p \d+/, '-p PORT');
    }
    const withAccount = (text: string): string => text.replace(/\/\/([^@]*@)?/, `//golem:${SECRET}@`);

    it('nothing listens there', async () => {
      expect(await failure({ url: withAccount('postgres://127.0.0.1:1/app') })).toBe(
        '69 Failed to import from "postgres://HOST/app": nothing listens there. Run: pg_isready -h 127.0.0.1 -p PORT',
      );
    });

    it('the tables are not there', async () => {
      expect(await failure({ url: withAccount(serverUrl) })).toBe(
        `65 Failed to import from "postgres://HOST/postgres": it has no table "meal_logs" on its search path. Run: psql -h 127.0.0.1 -p PORT postgres -c '\\dt *.*'`,
      );
    });

    it('the tables are other ones', async () => {
      await admin.query(`create schema ${SCHEMA}`);
      await admin.query(`create table ${SCHEMA}.meal_logs (id int)`);
      await admin.query(`create table ${SCHEMA}.ingest_requests (id int)`);
      expect(await failure({})).toMatch(
        /^65 .* its tables are other ones: column .* does not exist\. Run: psql /,
      );
    });

    it('the user may not read them', async () => {
      await fill('retries');
      const role = `reader_${process.pid}`;
      await admin.query(`create role ${role} login password '${SECRET}'`);
      try {
        await admin.query(`grant usage on schema ${SCHEMA} to ${role}`);
        await admin.query(`grant select on ${SCHEMA}.meal_logs to ${role}`);
        expect(await failure({ url: url.replace(/\/\/([^@]*@)?/, `//${role}:${SECRET}@`) })).toBe(
          `69 Failed to import from "postgres://HOST/postgres": the user may not read the table "ingest_requests". Run: psql -h 127.0.0.1 -p PORT postgres -c '\\dp ingest_requests'`,
        );
      } finally {
        await admin.query(`drop owned by ${role}`);
        await admin.query(`drop role ${role}`);
      }
    });

    it('there is nothing in the range', async () => {
      await fill('retries');
      const range = { ...EVERYTHING, users: ['nobody'] };
      expect(await failure({ range })).toBe(
        '65 Failed to import from "postgres://HOST/postgres": it has no write in that range. Run: golem import postgres --help',
      );
    });

    it('an administrator ends the connection on the way', async () => {
      await fill('retries');
      let ended = false;
      const importer = {
        ...databaseImporter,
        query: `${databaseImporter.query.replace('select', 'select pg_sleep(0.05),')}`,
      };
      const ending = (async () => {
        while (!ended) {
          const { rowCount } = await admin.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where application_name = 'golem import' and query like 'select * from%'`,
          );
          ended = (rowCount ?? 0) > 0;
        }
      })();
      const line = await failure({ importer });
      ended = true;
      await ending;
      expect(line).toMatch(
        /^69 Failed to import from "postgres:\/\/HOST\/postgres": the connection was lost.*Run: pg_isready -h 127\.0\.0\.1 -p PORT$/,
      );
    });

    it('the network goes away between two fetches', async () => {
      await fill('retries');
      await admin.query(
        `insert into ${SCHEMA}.meal_logs select gen_random_uuid(), user_id, food_item, meal_type, consumed_at,
           calories, protein_g, fat_g, carbs_g, ai_raw, image_id, landing_type from ${SCHEMA}.meal_logs,
           generate_series(1, 60)`.replace(
          'landing_type from',
          'landing_type, slot, event, totals, meta from',
        ),
      );
      const proxy = await cuttable(serverUrl);
      try {
        let rows = 0;
        const importer = {
          ...databaseImporter,
          build(...asked: Parameters<typeof databaseImporter.build>) {
            rows += 1;
            if (rows === 300) proxy.cut();
            return databaseImporter.build(...asked);
          },
        };
        const through = url.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${proxy.port}`);
        expect(await failure({ url: through, importer })).toMatch(
          /^69 Failed to import from "postgres:\/\/HOST\/postgres": the connection was lost after \d+ rows; nothing was written\. Run: pg_isready/,
        );
        expect(rows).toBeGreaterThan(300);
      } finally {
        await proxy.close();
      }
    });

    it('it is interrupted, on the way or while the server works', async () => {
      await fill('retries');
      const midway = new AbortController();
      const importer = {
        ...databaseImporter,
        build(...asked: Parameters<typeof databaseImporter.build>) {
          midway.abort();
          return databaseImporter.build(...asked);
        },
      };
      expect(await failure({ importer, signal: midway.signal })).toMatch(
        /^130 Failed to import from "postgres:\/\/HOST\/postgres": it was interrupted after [12] rows?; nothing was written\.$/,
      );
      const query = databaseImporter.query.replace('select', 'select pg_sleep(5),');
      const startedMs = performance.now();
      const signal = AbortSignal.timeout(100);
      expect(await failure({ importer: { ...databaseImporter, query }, signal })).toMatch(
        /^130 .* interrupted after 0 rows/,
      );
      expect(performance.now() - startedMs).toBeLessThan(4_000);
    });

    it('a recording has that name already', async () => {
      await fill('retries');
      const outFile = join(folder, 'mine.ndjson');
      writeFileSync(outFile, 'mine');
      await expect(importPostgres(options({ outFile }))).rejects.toMatchObject({ exit: 64 });
      expect(existsSync(outFile) && readFileSync(outFile, 'utf8')).toBe('mine');
    });
  });
});

/** A relay to the server whose lines can be cut, as a network does. */
async function cuttable(serverUrl: string): Promise<{ port: number; cut(): void; close(): Promise<void> }> {
  const { port } = new URL(serverUrl);
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const upstream = connect(Number(port), '127.0.0.1');
    for (const one of [socket, upstream]) {
      open.add(one);
      one.on('error', () => {});
    }
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cut,
    close: async () => {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
