/**
 * A fleet as people run it: `golem replay --distributed` and `golem worker` as processes of their own, on a PostgreSQL of
 * the test's own, since one of the tests restarts it. Each ends in the bytes that one process ends in, or says why not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LAUNCHER, type Ran, runGolem } from '../cli/run-golem.ts';
import { type PostgresServer, startPostgres } from '../postgres/server.ts';
import { describeWithPostgres } from '../postgres/with-postgres.ts';
import { BUCKET, environmentOf, startFlakyProxy, startObjectStore } from '../replay/object-store.ts';

const ROOT = join(import.meta.dirname, '../..');
/** 160 people over ten days: about 5,000 records in seven ranges. */
const TRAFFIC = ['--users', '160', '--days', '10', '--seed', 'fleet', '--in-process'];

let server: PostgresServer;
let folder = '';
let grouped = '';
let mixed = '';
const workers = new Set<ChildProcess>();

function script(...args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${args[0]} exited ${code}`))));
  });
}

/** The same records in order of time, as a capture would have written them. */
function inOrderOfTime(text: string): string {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const { grouped_by: _, ...rest } = JSON.parse(header) as Record<string, unknown>;
  const at = (line: string): string => (JSON.parse(line) as { at: string }).at;
  return `${[JSON.stringify(rest), ...lines.sort((a, b) => (at(a) < at(b) ? -1 : 1))].join('\n')}\n`;
}

function startWorker(env: Readonly<Record<string, string>> = {}, args: readonly string[] = []): ChildProcess {
  const child = spawn(process.execPath, [LAUNCHER, 'worker', '--distributed', server.url, ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: folder, TMPDIR: tmpdir(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  workers.add(child);
  return child;
}

/** Resolves once a worker has said that it works on something. */
function busy(worker: ChildProcess): Promise<void> {
  return new Promise((resolve) => worker.stderr?.once('data', () => resolve()));
}

async function stop(worker: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  workers.delete(worker);
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  await new Promise<void>((ended) => {
    worker.once('exit', () => ended());
    worker.kill(signal);
  });
}

interface Replayed extends Ran {
  readonly report: string;
}

let runs = 0;
async function replay(recording: string, args: readonly string[], env = {}): Promise<Replayed> {
  runs += 1;
  const json = join(folder, `report-${runs}.json`);
  const ran = await runGolem(['replay', recording, ...args, '--json', json], { cwd: ROOT, env });
  let report = '';
  try {
    report = readFileSync(json, 'utf8');
  } catch {
    // Runs that end in an error leave none.
  }
  return { ...ran, report };
}

const byFleet = (recording: string, env = {}) => replay(recording, ['--distributed', server.url], env);

async function rowsLeft(): Promise<number> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query<{ count: string }>(
    'select (select count(*) from golem_fleet.orders) + (select count(*) from golem_jobs.job) as count',
  );
  await client.end();
  return Number(rows[0]!.count);
}

describeWithPostgres('a fleet', () => {
  let alone: Readonly<Record<'grouped' | 'mixed', Replayed>>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'golem-fleet-'));
    grouped = join(folder, 'grouped.ndjson');
    mixed = join(folder, 'mixed.ndjson');
    server = await startPostgres();
    await script('scripts/generate-traffic.ts', ...TRAFFIC, '--out', grouped);
    writeFileSync(mixed, inOrderOfTime(readFileSync(grouped, 'utf8')));
    alone = {
      grouped: await replay(grouped, ['--workers', '1']),
      mixed: await replay(mixed, ['--workers', '1']),
    };
  }, 120_000);
  afterEach(async () => {
    for (const worker of workers) await stop(worker);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([1, 3])(
    'of %i workers ends in the bytes of one process, and leaves nothing behind',
    async (count) => {
      for (let started = 0; started < count; started++) startWorker();
      for (const [name, recording] of [
        ['grouped', grouped],
        ['mixed', mixed],
      ] as const) {
        const ran = await byFleet(recording);
        expect(ran.exit).toBe(alone[name].exit);
        expect(ran.report.length).toBeGreaterThan(1_000);
        expect(ran.report).toBe(alone[name].report);
      }
      expect(await rowsLeft()).toBe(0);
    },
    120_000,
  );

  it('loses a worker in the middle of its work and counts nothing twice', async () => {
    const doomed = startWorker();
    const waiting = byFleet(grouped);
    await busy(doomed);
    await stop(doomed, 'SIGKILL');
    startWorker();
    const ran = await waiting;
    expect(ran.report).toBe(alone.grouped.report);
  }, 120_000);

  it('gives a job back at once when its worker is told to stop', async () => {
    const leaving = startWorker();
    const waiting = byFleet(grouped);
    await busy(leaving);
    await stop(leaving, 'SIGTERM');
    startWorker();
    expect((await waiting).report).toBe(alone.grouped.report);
  }, 120_000);

  it('goes on where whoever asked was killed, with what was handed in', async () => {
    startWorker();
    const killed = await runGolem(['replay', grouped, '--distributed', server.url], {
      cwd: ROOT,
      // The first tally tells the first finding.
      until: (_, err) => (/golem: first /.test(err) ? 'SIGKILL' : null),
    });
    expect(killed.exit).toBeNull();
    expect(await rowsLeft()).toBeGreaterThan(0);
    expect((await byFleet(grouped)).report).toBe(alone.grouped.report);
    expect(await rowsLeft()).toBe(0);
  }, 120_000);

  it('waits for a database that restarts', async () => {
    const worker = startWorker();
    const waiting = byFleet(grouped);
    await busy(worker);
    await server.restart(1_500);
    const ran = await waiting;
    expect(ran.report).toBe(alone.grouped.report);
  }, 120_000);

  it('ends with the error of a bad line as one process does, by file, line and reason', async () => {
    const damaged = join(folder, 'damaged.ndjson');
    const lines = readFileSync(grouped, 'utf8').split('\n');
    lines[2_000] = lines[2_000]!.slice(0, 100);
    writeFileSync(damaged, lines.join('\n'));
    startWorker();
    const [one, many] = [await replay(damaged, ['--workers', '1']), await byFleet(damaged)];
    expect([many.exit, one.exit]).toEqual([65, 65]);
    const lastOf = (text: string): string => text.trimEnd().split('\n').at(-1)!;
    expect(lastOf(many.err)).toBe(lastOf(one.err));
    expect(lastOf(many.err)).toMatch(/damaged\.ndjson:2001/);
    expect(await rowsLeft()).toBe(0);
  }, 120_000);

  it('takes no worker with another config, and says so', async () => {
    const other = join(folder, 'golem.config.ts');
    writeFileSync(
      other,
      `import { config as ours } from ${JSON.stringify(join(ROOT, 'golem.config.ts'))};\n` +
        `const { alerts: _, ...rest } = ours;\nexport const config = { ...rest, suites: [] };\n`,
    );
    startWorker({}, ['--config', other]);
    const ran = await runGolem(['replay', grouped, '--distributed', server.url], {
      cwd: ROOT,
      until: (_, err) => (err.includes('does not take part') ? 'SIGINT' : null),
    });
    expect(ran.err).toContain('a worker does not take part: it differs in the code or the config');
    expect(ran.exit).toBe(130);
    expect(ran.out + ran.err).toContain('partial');
    expect(await rowsLeft()).toBe(0);
  }, 120_000);

  describe('on an object store', () => {
    it('that fails one request in ten reads every range once', async () => {
      const store = await startObjectStore();
      const proxy = await startFlakyProxy(store.endpoint, (request) => (request % 10 === 7 ? 500 : 'pass'));
      try {
        await store.put('2025/grouped.ndjson', readFileSync(grouped));
        const environment = environmentOf(proxy.endpoint);
        const url = `s3://${BUCKET}/2025/grouped.ndjson`;
        startWorker(environment);
        startWorker(environment);
        const one = await replay(url, ['--workers', '1'], environment);
        expect(one.exit).toBe(alone.grouped.exit);
        expect((await byFleet(`s3://${BUCKET}/2025/gr*.ndjson`, environment)).exit).toBe(one.exit);
        expect((await byFleet(url, environment)).report).toBe(one.report);
        expect(proxy.counts.failed).toBeGreaterThan(0);
      } finally {
        await proxy.close();
        await store.stop();
      }
    }, 120_000);
  });

  it('that cannot meet says where and what to look at', async () => {
    const nowhere = 'postgres://somebody:hunter2@127.0.0.1:1/fleet';
    const ran = await runGolem(['replay', grouped, '--distributed', nowhere], { cwd: ROOT });
    expect(ran.exit).toBe(69);
    expect(ran.err).toContain(
      'Failed to meet the fleet in "postgres://127.0.0.1:1/fleet": nothing listens there. Run: pg_isready -h 127.0.0.1 -p 1',
    );
    expect(ran.err).not.toContain('hunter2');
  });
});
