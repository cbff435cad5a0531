/**
 * A fleet as people run it: `golem replay --distributed` and `golem worker` as processes of their own, on a PostgreSQL of
 * the test's own, since one of the tests restarts it. Each ends in the bytes that one process ends in, or says why not.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runGolem } from '../cli/run-golem.ts';
import { describeWithPostgres } from '../postgres/with-postgres.ts';
import { BUCKET, environmentOf, startFlakyProxy, startObjectStore } from '../replay/object-store.ts';
import { busy, Fleet, type Replayed, ROOT } from './fleet-fixture.ts';

/** 160 people over ten days: about 5,000 records in seven ranges. */
const TRAFFIC = ['--users', '160', '--days', '10', '--seed', 'fleet'];

let fleet: Fleet;
let grouped = '';
let mixed = '';

/** The same records in order of time, as a capture would have written them. */
function inOrderOfTime(text: string): string {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const { grouped_by: _, ...rest } = JSON.parse(header) as Record<string, unknown>;
  const at = (line: string): string => (JSON.parse(line) as { at: string }).at;
  return `${[JSON.stringify(rest), ...lines.sort((a, b) => (at(a) < at(b) ? -1 : 1))].join('\n')}\n`;
}

describeWithPostgres('a fleet', () => {
  let alone: Readonly<Record<'grouped' | 'mixed', Replayed>>;

  beforeAll(async () => {
    fleet = await Fleet.open();
    grouped = join(fleet.folder, 'grouped.ndjson');
    mixed = join(fleet.folder, 'mixed.ndjson');
    await fleet.generate(grouped, TRAFFIC);
    writeFileSync(mixed, inOrderOfTime(readFileSync(grouped, 'utf8')));
    alone = {
      grouped: await fleet.replay([grouped], ['--workers', '1']),
      mixed: await fleet.replay([mixed], ['--workers', '1']),
    };
  }, 120_000);
  afterEach(() => fleet.stopWorkers());
  afterAll(() => fleet.close());

  it.each([1, 3])(
    'of %i workers ends in the bytes of one process, and leaves nothing behind',
    async (count) => {
      for (let started = 0; started < count; started++) fleet.startWorker();
      for (const [name, recording] of [
        ['grouped', grouped],
        ['mixed', mixed],
      ] as const) {
        const ran = await fleet.together([recording]);
        expect(ran.exit).toBe(alone[name].exit);
        expect(ran.report.length).toBeGreaterThan(1_000);
        expect(ran.report).toBe(alone[name].report);
        expect(ran.out).toMatch(/^This run again: .* --distributed postgres:\/\/\w+@/m);
        expect(ran.out).not.toMatch(/\/\/\w+:[^@/]*@/);
      }
      expect(await fleet.rowsLeft()).toBe(0);
    },
    120_000,
  );

  it('loses a worker in the middle of its work and counts nothing twice', async () => {
    const doomed = fleet.startWorker();
    const waiting = fleet.together([grouped]);
    await busy(doomed);
    await fleet.stopWorker(doomed, 'SIGKILL');
    fleet.startWorker();
    const ran = await waiting;
    expect(ran.report).toBe(alone.grouped.report);
  }, 120_000);

  it('gives a job back at once when its worker is told to stop', async () => {
    const leaving = fleet.startWorker();
    const waiting = fleet.together([grouped]);
    await busy(leaving);
    await fleet.stopWorker(leaving, 'SIGTERM');
    fleet.startWorker();
    expect((await waiting).report).toBe(alone.grouped.report);
  }, 120_000);

  it('goes on where whoever asked was killed, with what was handed in', async () => {
    fleet.startWorker();
    const killed = await runGolem(['replay', grouped, '--distributed', fleet.server.url], {
      cwd: ROOT,
      // The first tally tells the first finding.
      until: (_, err) => (/golem: first /.test(err) ? 'SIGKILL' : null),
    });
    expect(killed.exit).toBeNull();
    expect(await fleet.rowsLeft()).toBeGreaterThan(0);
    expect((await fleet.together([grouped])).report).toBe(alone.grouped.report);
    expect(await fleet.rowsLeft()).toBe(0);
  }, 120_000);

  it('waits for a database that restarts', async () => {
    const worker = fleet.startWorker();
    const waiting = fleet.together([grouped]);
    await busy(worker);
    await fleet.server.restart(1_500);
    const ran = await waiting;
    expect(ran.report).toBe(alone.grouped.report);
  }, 120_000);

  it('ends with the error of a bad line as one process does, by file, line and reason', async () => {
    const damaged = join(fleet.folder, 'damaged.ndjson');
    const lines = readFileSync(grouped, 'utf8').split('\n');
    lines[2_000] = lines[2_000]!.slice(0, 100);
    writeFileSync(damaged, lines.join('\n'));
    fleet.startWorker();
    const [one, many] = [await fleet.replay([damaged], ['--workers', '1']), await fleet.together([damaged])];
    expect([many.exit, one.exit]).toEqual([65, 65]);
    const lastOf = (text: string): string => text.trimEnd().split('\n').at(-1)!;
    expect(lastOf(many.err)).toBe(lastOf(one.err));
    expect(lastOf(many.err)).toMatch(/damaged\.ndjson:2001/);
    expect(await fleet.rowsLeft()).toBe(0);
  }, 120_000);

  it('takes no worker with another config, and says so', async () => {
    const other = join(fleet.folder, 'golem.config.ts');
    writeFileSync(
      other,
      `import { config as ours } from ${JSON.stringify(join(ROOT, 'golem.config.ts'))};\n` +
        `const { alerts: _, ...rest } = ours;\nexport const config = { ...rest, suites: [] };\n`,
    );
    fleet.startWorker({}, ['--config', other]);
    const ran = await runGolem(['replay', grouped, '--distributed', fleet.server.url], {
      cwd: ROOT,
      until: (_, err) => (err.includes('does not take part') ? 'SIGINT' : null),
    });
    expect(ran.err).toContain('a worker does not take part: it differs in the code or the config');
    expect(ran.exit).toBe(130);
    expect(ran.out + ran.err).toContain('partial');
    expect(await fleet.rowsLeft()).toBe(0);
  }, 120_000);

  describe('on an object store', () => {
    it('that fails one request in ten reads every range once', async () => {
      const store = await startObjectStore();
      const proxy = await startFlakyProxy(store.endpoint, (request) => (request % 10 === 7 ? 500 : 'pass'));
      try {
        await store.put('2025/grouped.ndjson', readFileSync(grouped));
        const environment = environmentOf(proxy.endpoint);
        const url = `s3://${BUCKET}/2025/grouped.ndjson`;
        fleet.startWorker(environment);
        fleet.startWorker(environment);
        const one = await fleet.replay([url], ['--workers', '1'], { env: environment });
        expect(one.exit).toBe(alone.grouped.exit);
        expect(
          (await fleet.together([`s3://${BUCKET}/2025/gr*.ndjson`], [], { env: environment })).exit,
        ).toBe(one.exit);
        expect((await fleet.together([url], [], { env: environment })).report).toBe(one.report);
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
