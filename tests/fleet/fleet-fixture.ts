/**
 * A fleet for tests: a PostgreSQL of their own, workers and replays as processes of the real command, and a folder for
 * recordings. One place for both files of tests, which differ in what is replayed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { LAUNCHER, type Ran, runGolem, type RunOptions } from '../cli/run-golem.ts';
import { type PostgresServer, startPostgres } from '../postgres/server.ts';

export const ROOT = join(import.meta.dirname, '../..');

export interface Replayed extends Ran {
  /** Bytes of the report; empty for a run that ended in an error. */
  readonly report: string;
}

/** A class, because it stops what it has started. */
export class Fleet {
  readonly server: PostgresServer;
  readonly folder: string;
  readonly #workers = new Set<ChildProcess>();
  #runs = 0;

  private constructor(server: PostgresServer) {
    this.server = server;
    this.folder = mkdtempSync(join(tmpdir(), 'golem-fleet-'));
  }

  static async open(): Promise<Fleet> {
    return new Fleet(await startPostgres());
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Writes a recording by the generator of traffic. */
  generate(file: string, traffic: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const args = ['scripts/generate-traffic.ts', ...traffic, '--in-process', '--out', file];
      const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
      child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`it exited ${code}`))));
    });
  }

  startWorker(env: Readonly<Record<string, string>> = {}, args: readonly string[] = []): ChildProcess {
    const child = spawn(process.execPath, [LAUNCHER, 'worker', '--distributed', this.server.url, ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOME: this.folder, TMPDIR: tmpdir(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#workers.add(child);
    return child;
  }

  async stopWorker(worker: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#workers.delete(worker);
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    await new Promise<void>((ended) => {
      worker.once('exit', () => ended());
      worker.kill(signal);
    });
  }

  /** Ends all workers, and has nobody count on those who could not say so. */
  async stopWorkers(): Promise<void> {
    for (const worker of this.#workers) await this.stopWorker(worker);
    await this.ask('delete from golem_fleet.workers');
  }

  /** Asks for a replay by the fleet, and leaves it at that. */
  startReplay(recordings: readonly string[], args: readonly string[] = []): ChildProcess {
    const asked = ['replay', ...recordings, '--distributed', this.server.url, ...args];
    return spawn(process.execPath, [LAUNCHER, ...asked], { cwd: ROOT, stdio: 'ignore' });
  }

  async replay(
    recordings: readonly string[],
    args: readonly string[],
    { env = {}, until }: Pick<RunOptions, 'env' | 'until'> = {},
  ): Promise<Replayed> {
    this.#runs += 1;
    const json = join(this.folder, `report-${this.#runs}.json`);
    const options: RunOptions = { cwd: ROOT, env, ...(until ? { until } : {}) };
    const ran = await runGolem(['replay', ...recordings, ...args, '--json', json], options);
    let report = '';
    try {
      report = readFileSync(json, 'utf8');
    } catch {
      // Runs that end in an error leave none.
    }
    return { ...ran, report };
  }

  /** The same by the fleet. */
  together(
    recordings: readonly string[],
    args: readonly string[] = [],
    options: Pick<RunOptions, 'env' | 'until'> = {},
  ): Promise<Replayed> {
    return this.replay(recordings, ['--distributed', this.server.url, ...args], options);
  }

  /** The first column of the rows that a statement gives; none while a table is not there yet. */
  async ask(statement: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: this.server.url });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(statement);
      return rows.map((row) => Object.values(row)[0]);
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === '42P01') return [];
      throw error;
    } finally {
      await client.end();
    }
  }

  /** Orders and jobs that are up. */
  async rowsLeft(): Promise<number> {
    const [count] = await this.ask(
      'select ((select count(*) from golem_fleet.orders) + (select count(*) from golem_jobs.job))::int',
    );
    return Number(count);
  }

  /** Resolves once a statement gives this in its first row and column. */
  async until(statement: string, wanted: unknown): Promise<void> {
    const deadlineMs = performance.now() + 20_000;
    while ((await this.ask(statement))[0] !== wanted) {
      if (performance.now() > deadlineMs) throw new Error(`it never came to ${wanted}: ${statement}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Resolves once a worker has said that it works on something. */
export function busy(worker: ChildProcess): Promise<void> {
  return new Promise((resolve) => worker.stderr?.once('data', () => resolve()));
}

/** All that a worker says from now on. */
export function heard(worker: ChildProcess): { readonly text: () => string } {
  let text = '';
  worker.stderr?.on('data', (data: Buffer) => {
    text += data.toString('utf8');
  });
  return { text: () => text };
}
