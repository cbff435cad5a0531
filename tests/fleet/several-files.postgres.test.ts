/**
 * Several files to one fleet: of different people, of the same people each day, and of people who only look different;
 * and shards, whoever was at work when they were put up. Each replay ends in the bytes of one process.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithPostgres } from '../postgres/with-postgres.ts';
import { Fleet, heard, type Replayed } from './fleet-fixture.ts';

/** 120 people over six days: about 2,200 records. */
const TRAFFIC = ['--users', '120', '--days', '6', '--seed', 'several'];

const ORDERS_UP = 'select count(*)::int from golem_fleet.orders';
const WORKERS_HERE = `select count(*)::int from golem_fleet.workers where seen > now() - interval '10 seconds'`;

let fleet: Fleet;
let header = '';
let lines: readonly string[] = [];

const userOf = (line: string): string => (JSON.parse(line) as { user: string }).user;
const dayOf = (line: string): string => (JSON.parse(line) as { at: string }).at.slice(0, 10);

/** Writes lines as a recording that says that its users stand together. */
function write(name: string, own: readonly string[]): string {
  const file = join(fleet.folder, name);
  writeFileSync(file, `${[header, ...own].join('\n')}\n`);
  return file;
}

describeWithPostgres('several files', () => {
  /** People apart, a file each half of them. */
  let halves: readonly string[];
  /** The same people each day. */
  let daily: readonly string[];
  let alone: Replayed;

  beforeAll(async () => {
    fleet = await Fleet.open();
    const all = join(fleet.folder, 'all.ndjson');
    await fleet.generate(all, TRAFFIC);
    [header = '', ...lines] = readFileSync(all, 'utf8').trimEnd().split('\n');
    const users = [...new Set(lines.map(userOf))];
    const middle = users[users.length / 2]!;
    halves = [
      write(
        'half-1.ndjson',
        lines.filter((line) => userOf(line) < middle),
      ),
      write(
        'half-2.ndjson',
        lines.filter((line) => userOf(line) >= middle),
      ),
    ];
    daily = [...Map.groupBy(lines, dayOf)].map(([day, own]) => write(`day-${day}.ndjson`, own));
    alone = await fleet.replay(halves, ['--workers', '1']);
  }, 120_000);
  afterEach(() => fleet.stopWorkers());
  afterAll(() => fleet.close());

  it('of different people go in ranges, each read once', async () => {
    const worker = heard(fleet.startWorker());
    const ran = await fleet.together(halves);
    expect(ran.report.length).toBeGreaterThan(1_000);
    expect(ran.report).toBe(alone.report);
    expect(worker.text()).toMatch(/part 1-1\n/);
    expect(worker.text()).not.toContain('shard');
    expect(await fleet.rowsLeft()).toBe(0);
  }, 60_000);

  it('of the same people each day go in shards, as many as there are workers', async () => {
    const one = await fleet.replay(daily, ['--workers', '1']);
    const workers = [1, 2, 3].map(() => heard(fleet.startWorker()));
    await fleet.until(WORKERS_HERE, 3);
    const ran = await fleet.together(daily);
    expect(ran.report).toBe(one.report);
    const done = workers.flatMap(({ text }) => text().match(/shard \d+\/\d+$/gm) ?? []);
    expect(done.sort()).toEqual(['shard 1/3', 'shard 2/3', 'shard 3/3']);
  }, 60_000);

  it('of people who only look different are begun anew in shards, and nobody is counted twice', async () => {
    const [first = '', second = ''] = halves;
    const own = readFileSync(second, 'utf8').trimEnd().split('\n').slice(1);
    const [guest = ''] = readFileSync(first, 'utf8').split('\n').slice(1);
    // A later write of somebody who is in the first file, between two people of the second.
    const written = JSON.parse(guest) as Record<string, unknown>;
    const later = JSON.stringify({
      ...written,
      id: 'r9999',
      at: '2025-09-06T03:00:00.000Z',
      request_key: 'k',
    });
    const at = own.findIndex((line, index) => index > 80 && userOf(line) !== userOf(own[index - 1]!));
    const files = [first, write('visited.ndjson', [...own.slice(0, at), later, ...own.slice(at)])];
    const one = await fleet.replay(files, ['--workers', '1']);
    fleet.startWorker();
    const ran = await fleet.together(files);
    expect(ran.err).toContain('the same users are in several of the files; the fleet begins anew');
    expect(ran.report.length).toBeGreaterThan(1_000);
    expect(ran.report).toBe(one.report);
    expect(await fleet.rowsLeft()).toBe(0);
  }, 60_000);

  it('that break their word on users standing together end as one process does', async () => {
    const [first = '', second = ''] = halves;
    const own = readFileSync(second, 'utf8').trimEnd().split('\n').slice(1);
    // The last of somebody's writes, so that it is out of its place and still in order of time.
    const leaving = own.find((line, index) => index > 30 && userOf(line) !== userOf(own[index + 1]!))!;
    const rest = own.filter((line) => line !== leaving);
    const last = rest.findLastIndex((line) => userOf(line) !== userOf(rest.at(-1)!));
    const files = [first, write('parted.ndjson', [...rest.slice(0, last), leaving, ...rest.slice(last)])];
    const one = await fleet.replay(files, ['--workers', '1']);
    fleet.startWorker();
    const ran = await fleet.together(files);
    expect(ran.report.length).toBeGreaterThan(1_000);
    expect([ran.exit, ran.report]).toEqual([one.exit, one.report]);
  }, 60_000);

  it('take on a worker that joins when half of the work is done', async () => {
    const waiting = fleet.together(daily);
    await fleet.until(ORDERS_UP, 1);
    const leaving = fleet.startWorker();
    await fleet.until('select count(*)::int from golem_fleet.tallies', 1);
    await fleet.stopWorker(leaving, 'SIGTERM');
    const late = heard(fleet.startWorker());
    const ran = await waiting;
    expect(late.text()).toMatch(/shard \d\/2/);
    expect(ran.report).toBe((await fleet.replay(daily, ['--workers', '1'])).report);
  }, 60_000);

  it('are gone on with by whoever asks again, when fewer are at work than at first', async () => {
    const crew = [1, 2, 3].map(() => fleet.startWorker());
    await fleet.until(WORKERS_HERE, 3);
    // They are there, and none of them comes to do anything.
    for (const worker of crew) worker.kill('SIGSTOP');
    const asking = fleet.startReplay(daily, ['--seed', 'again']);
    await fleet.until(ORDERS_UP, 1);
    asking.kill('SIGKILL');
    await fleet.stopWorkers();
    const worker = heard(fleet.startWorker());
    const ran = await fleet.together(daily, ['--seed', 'again']);
    expect(
      worker
        .text()
        .match(/shard \d\/\d/g)
        ?.sort(),
    ).toEqual(['shard 1/3', 'shard 2/3', 'shard 3/3']);
    expect(ran.report).toBe((await fleet.replay(daily, ['--seed', 'again', '--workers', '1'])).report);
    expect(await fleet.rowsLeft()).toBe(0);
  }, 90_000);
});
