/**
 * Where a fleet meets: tables in the team's own PostgreSQL for orders and tallies, and a pg-boss queue of jobs for each
 * order. A tally is stored once however often its job is done, so that nothing is counted twice; a worker that falls
 * silent loses its job to another one.
 */
import type { Pool, PoolClient } from 'pg';
import type { PgBoss } from 'pg-boss';
import { type Failure, GolemError } from '../../errors.ts';
import { TABLES } from './board-tables.ts';
import { fleetFailure } from './fleet-failures.ts';
import { type FleetJob, type FleetOrder, jobName } from './order.ts';

/** A job is taken away from a worker that has not been heard of for so long, and the worker is not counted on. */
const SILENT_FOR_SECONDS = 10;
/** Times a job is begun anew after workers that were lost with it, or that could not reach something. */
export const MOST_RETRIES = 3;
const RETRY_DELAY_SECONDS = 1;
/** Longest time for one job; a job is minutes at most. */
const JOB_SECONDS = 4 * 3_600;
/** How often lost workers are looked for. */
const LOOK_EVERY_SECONDS = 2;

/** A job in a worker's hands. */
export interface ClaimedJob {
  readonly order: string;
  readonly job: FleetJob;
  /** Which attempt this is, from 0. */
  readonly attempt: number;
  readonly id: string;
}

export interface DeliveredTally {
  readonly job: string;
  readonly bytes: Uint8Array;
  readonly users: Uint8Array | null;
}

/** How far a worker is with a job; `share` of what it reads goes from 0 to 1. */
export interface JobProgress {
  readonly records: number;
  readonly breaches: number;
  readonly share: number;
}

/** How an order stands, for whoever waits for it. */
export interface OrderState {
  /** True while jobs of it are in workers' hands. */
  readonly active: number;
  readonly failures: readonly { readonly job: string; readonly failure: Failure }[];
  /** Jobs whose workers were lost once too often. */
  readonly lost: readonly string[];
  readonly refusals: readonly string[];
  /** How far the jobs are that have not been handed in, as far as their workers have said. */
  readonly underWay: readonly (JobProgress & { readonly job: string })[];
}

export class Board {
  readonly #pool: Pool;
  readonly #boss: PgBoss;
  readonly #url: string;

  private constructor(url: string, pool: Pool, boss: PgBoss) {
    this.#url = url;
    this.#pool = pool;
    this.#boss = boss;
  }

  /** Connects and makes what is missing. Rejects with kind `unavailable` when the database cannot be used. */
  static async open(url: string): Promise<Board> {
    const { default: pg } = await import('pg');
    const { PgBoss: Boss } = await import('pg-boss');
    const pool = new pg.Pool({ connectionString: url, max: 4, application_name: 'golem fleet' });
    // A connection that is lost while idle is replaced; the next statement tells what is wrong.
    pool.on('error', () => undefined);
    const boss = new Boss({
      connectionString: url,
      schema: 'golem_jobs',
      max: 2,
      schedule: false,
      superviseIntervalSeconds: LOOK_EVERY_SECONDS,
      monitorIntervalSeconds: LOOK_EVERY_SECONDS,
      persistWarnings: false,
    });
    boss.on('error', () => undefined);
    const board = new Board(url, pool, boss);
    try {
      await board.#asked(async () => {
        // Two who begin at once would trip over each other's schema.
        const client = await pool.connect();
        try {
          await client.query('select pg_advisory_lock(hashtext($1))', ['golem fleet']);
          await client.query(TABLES);
          await boss.start();
        } finally {
          await client.query('select pg_advisory_unlock_all()').catch(() => undefined);
          client.release();
        }
      });
    } catch (error) {
      await board.close();
      throw error;
    }
    return board;
  }

  /**
   * Puts an order up under its id, unless it is there already from an earlier run that was cut off. Returns the one that is up, whose
   * jobs may be others: they were cut for those who were at work then.
   */
  announce(id: string, order: FleetOrder): Promise<FleetOrder> {
    return this.#asked(async () => {
      await this.#boss.createQueue(queueOf(id), {
        retryLimit: MOST_RETRIES,
        retryDelay: RETRY_DELAY_SECONDS,
        heartbeatSeconds: SILENT_FOR_SECONDS,
        expireInSeconds: JOB_SECONDS,
      });
      await this.#within(async (client) => {
        const put = await client.query(
          'insert into golem_fleet.orders (id, content) values ($1, $2) on conflict do nothing',
          [id, JSON.stringify(order)],
        );
        if (put.rowCount === 0) return;
        const jobs = order.jobs.map((job) => ({ data: { job } }));
        await this.#boss.insert(queueOf(id), jobs, { db: statementsOf(client) });
      });
      return (await this.order(id)) ?? order;
    });
  }

  /** Says that a worker is there, under the number it was given, or gives it one; returns the number. */
  signIn(worker: string | null): Promise<string> {
    return this.#asked(async () => {
      const { rows } = await this.#pool.query<{ id: string }>(
        `insert into golem_fleet.workers (id, seen) values (coalesce($1::uuid, gen_random_uuid()), now())
         on conflict (id) do update set seen = now() returning id`,
        [worker],
      );
      return rows[0]!.id;
    });
  }

  /** Takes a worker off the list, and those who left without a word. */
  async signOut(worker: string): Promise<void> {
    await this.#pool
      .query(`delete from golem_fleet.workers where id = $1 or seen < now() - interval '1 hour'`, [worker])
      .catch(() => undefined);
  }

  /** How many workers were heard of lately. */
  workers(): Promise<number> {
    return this.#asked(async () => {
      const { rows } = await this.#pool.query<{ count: number }>(
        `select count(*)::int as count from golem_fleet.workers where seen > now() - $1 * interval '1 second'`,
        [SILENT_FOR_SECONDS],
      );
      return rows[0]!.count;
    });
  }

  /** Orders that are up, oldest name first. */
  orders(): Promise<string[]> {
    return this.#asked(async () => {
      const { rows } = await this.#pool.query<{ id: string }>(
        'select id from golem_fleet.orders order by id',
      );
      return rows.map(({ id }) => id);
    });
  }

  /** An order's content; null once it is gone. */
  order(id: string): Promise<FleetOrder | null> {
    return this.#asked(async () => {
      const { rows } = await this.#pool.query<{ content: FleetOrder }>(
        'select content from golem_fleet.orders where id = $1',
        [id],
      );
      return rows[0]?.content ?? null;
    });
  }

  /** Takes the next job of an order; null when none is waiting. */
  claim(order: string): Promise<ClaimedJob | null> {
    return this.#asked(async () => {
      const [claimed] = await this.#boss
        .fetch<{ job: FleetJob }>(queueOf(order), { batchSize: 1 })
        // The order may have been taken down between two looks, and its queue with it.
        .catch((error: unknown) => {
          if (/queue .* (does not exist|not found)/i.test(String(error))) return [];
          throw error;
        });
      return claimed ? { order, job: claimed.data.job, attempt: claimed.retryCount, id: claimed.id } : null;
    });
  }

  /**
   * Says that the worker is still at it, and how far; where nobody hears it, it says so again later. False where the
   * order was taken down, so that nobody wants the job any more.
   */
  async touch({ order, id, job, attempt }: ClaimedJob, far: JobProgress): Promise<boolean> {
    await this.#boss.touch(queueOf(order), { id, retryCount: attempt }).catch(() => undefined);
    const said = await this.#pool
      .query(
        `insert into golem_fleet.progress (order_id, job, records, breaches, share)
         select $1, $2, $3, $4, $5 where exists (select from golem_fleet.orders where id = $1)
         on conflict (order_id, job) do update
         set records = excluded.records, breaches = excluded.breaches, share = excluded.share`,
        [order, jobName(job), far.records, far.breaches, far.share],
      )
      .catch(() => null);
    return said === null || said.rowCount !== 0;
  }

  /** Hands a job's tally in. Where another worker was faster, its tally, which is the same, stays. */
  deliver(claimed: ClaimedJob, bytes: Uint8Array, users: Uint8Array | null): Promise<void> {
    const { order, job, id, attempt } = claimed;
    return this.#asked(async () => {
      await this.#pool.query(
        `insert into golem_fleet.tallies (order_id, job, tally, users)
         select $1, $2, $3, $4 where exists (select from golem_fleet.orders where id = $1)
         on conflict do nothing`,
        [order, jobName(job), sameBytes(bytes), users && sameBytes(users)],
      );
      await this.#boss.complete(queueOf(order), { id, retryCount: attempt }).catch(() => undefined);
    });
  }

  /** Gives a job back for another attempt. */
  giveBack({ order, id, attempt }: ClaimedJob, reason: string): Promise<void> {
    return this.#asked(async () => {
      await this.#boss.fail(queueOf(order), { id, retryCount: attempt }, { reason });
    });
  }

  /** Says that a job cannot be done by anyone: what it is replayed from is at fault. */
  fail({ order, job, id, attempt }: ClaimedJob, failure: Failure): Promise<void> {
    return this.#asked(async () => {
      await this.#pool.query(
        `insert into golem_fleet.failures (order_id, job, failure)
         select $1, $2, $3 where exists (select from golem_fleet.orders where id = $1)
         on conflict do nothing`,
        [order, jobName(job), JSON.stringify(failure)],
      );
      await this.#boss.complete(queueOf(order), { id, retryCount: attempt }).catch(() => undefined);
    });
  }

  /** Tells whoever waits that a worker does not take part, and why. */
  refuse(order: string, reason: string): Promise<void> {
    return this.#asked(async () => {
      await this.#pool.query(
        `insert into golem_fleet.refusals (order_id, reason)
         select $1, $2 where exists (select from golem_fleet.orders where id = $1)
         on conflict do nothing`,
        [order, reason],
      );
    });
  }

  /** Some of the tallies that are not among `seen`. */
  tallies(order: string, seen: readonly string[], most: number): Promise<DeliveredTally[]> {
    return this.#asked(async () => {
      const { rows } = await this.#pool.query<{ job: string; tally: Buffer; users: Buffer | null }>(
        'select job, tally, users from golem_fleet.tallies where order_id = $1 and job <> all ($2) limit $3',
        [order, seen, most],
      );
      return rows.map(({ job, tally, users }) => ({ job, bytes: tally, users }));
    });
  }

  /** How the order stands beside the tallies in `seen`; null once somebody took it down. */
  state(order: string, seen: readonly string[]): Promise<OrderState | null> {
    return this.#asked(async () => {
      const known = await this.#pool.query('select from golem_fleet.orders where id = $1', [order]);
      if (known.rowCount === 0) return null;
      const failures = await this.#pool.query<{ job: string; failure: Failure }>(
        'select job, failure from golem_fleet.failures where order_id = $1 order by job',
        [order],
      );
      const refusals = await this.#pool.query<{ reason: string }>(
        'select reason from golem_fleet.refusals where order_id = $1 order by reason',
        [order],
      );
      const jobs = await this.#pool.query<{ state: string; data: { job: FleetJob } }>(
        `select state::text, data from golem_jobs.job where name = $1 and state in ('active', 'failed')`,
        [queueOf(order)],
      );
      const underWay = await this.#pool.query<JobProgress & { job: string }>(
        `select job, records::float8, breaches::float8, share from golem_fleet.progress
         where order_id = $1 and job <> all ($2)`,
        [order, seen],
      );
      return {
        underWay: underWay.rows,
        active: jobs.rows.filter(({ state }) => state === 'active').length,
        lost: jobs.rows.filter(({ state }) => state === 'failed').map(({ data }) => jobName(data.job)),
        failures: failures.rows,
        refusals: refusals.rows.map(({ reason }) => reason),
      };
    });
  }

  /** Takes an order down with all that belongs to it. */
  withdraw(order: string): Promise<void> {
    return this.#asked(async () => {
      await this.#pool.query('delete from golem_fleet.orders where id = $1', [order]);
      await this.#boss.deleteQueue(queueOf(order)).catch(() => undefined);
    });
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false, close: true }).catch(() => undefined);
    await this.#pool.end().catch(() => undefined);
  }

  async #within(work: (client: PoolClient) => Promise<void>): Promise<void> {
    const client = await this.#pool.connect();
    try {
      await client.query('begin');
      await work(client);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }

  async #asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof GolemError) throw error;
      throw fleetFailure(error, this.#url);
    }
  }
}

function queueOf(order: string): string {
  return `golem-${order}`;
}

/** The same memory as the database's client asks for it: of megabytes no copy is made. */
function sameBytes({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A connection as pg-boss asks for one, so that jobs and order are put up together or not at all. */
function statementsOf(client: PoolClient): {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
} {
  return { executeSql: (text, values) => client.query(text, values) };
}
