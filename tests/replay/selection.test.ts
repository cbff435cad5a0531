/**
 * What a selection takes: whole users, whole days, the same ones however the recordings are filed and cut, and of a
 * smaller sample none that a larger one leaves out. Without alerts, which have no say in it.
 */
import { basename } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { config } from '../../golem.config.ts';
import { EVERYTHING, type Selection } from '../../harness/recording/selection.ts';
import { parseClause } from '../../harness/recording/where.ts';
import type { Report } from '../../harness/report/shape.ts';
import type { ReplayOptions } from '../../harness/run/replay.ts';
import { byTime, makeVolume, nameless, reportOf, ungrouped, type Volume } from './volume.ts';

const { alerts: _, ...quiet } = config;

let volume: Volume;
let grouped = '';
let mixed = '';
let daily: string[] = [];

beforeAll(async () => {
  volume = await makeVolume(40, 4);
  const { header, records } = volume;
  grouped = volume.write('grouped.ndjson', header, records);
  mixed = volume.write('mixed.ndjson', ungrouped(header), byTime(records));
  const days = [...Map.groupBy(byTime(records), ({ at }) => at.slice(0, 10))];
  daily = days.map(([day, own]) => volume.write(`day-${day}.ndjson.gz`, ungrouped(header), own));
});
afterAll(() => volume.dispose());

const selected = (
  selection: Partial<Selection>,
  files = [grouped],
  options: Partial<ReplayOptions> = {},
): Promise<Report> =>
  reportOf(files, {
    config: quiet,
    selection: { ...EVERYTHING, seed: config.seed, ...selection },
    ...options,
  });

describe('a selection', () => {
  const usersOf = async (selection: Partial<Selection>): Promise<number> =>
    (await selected(selection)).counts.users;

  it.each<[string, Partial<Selection>]>([
    ['a sample', { sample: 3_000 }],
    ['a sample by kinds', { sample: 3_000, stratify: 'records' }],
    ['days', { since: '2025-09-02', until: '2025-09-03' }],
    ['what was sent', { where: [parseClause('header.user-agent=*iPhone*')!, parseClause('bucket<8000')!] }],
    ['names', { where: [parseClause('user!=u-000000?')!] }],
  ])('of %s takes the same of the same records, however they are filed and cut', async (_name, selection) => {
    const whole = await selected(selection);
    expect(whole.counts.records).toBeGreaterThan(20);
    expect(whole.counts.records).toBeLessThan(volume.records.length);
    // What was not taken is counted, by what left it out.
    const leftOut = Object.values(whole.left_out ?? {}).reduce((sum, count) => sum + count, 0);
    expect(whole.counts.records + leftOut).toBe(volume.records.length);
    const inFile = await selected(selection, [mixed]);
    const suite = `${days().at(0)} … ${days().at(-1)} (${daily.length} files)`;
    const inDays = await selected(selection, daily, { workers: 2, partBytes: 40_000 });
    expect(nameless(inFile, 'mixed.ndjson')).toEqual(nameless(whole, 'grouped.ndjson'));
    expect(nameless(inDays, suite)).toEqual(nameless(whole, 'grouped.ndjson'));
  });

  const days = (): string[] => daily.map((file) => basename(file)).sort();

  it('of whole local days leaves whole days', async () => {
    const report = await selected({ since: '2025-09-02', until: '2025-09-02' });
    expect(report.counts.user_days).toBe(report.counts.users);
    const inTokyo = (at: string): string =>
      new Date(Date.parse(at) + 540 * 60_000).toISOString().slice(0, 10);
    const expected = volume.records.filter(({ at }) => inTokyo(at) === '2025-09-02').length;
    expect(report.counts.records).toBe(expected);
  });

  it('by what is sent takes all records of a user with one such record', async () => {
    const like = volume.records.filter(({ request }) => request.path === '/log' && request.method === 'POST');
    const users = new Set(like.map(({ user }) => user));
    const report = await selected({ where: [parseClause('path=/log')!] });
    expect(report.counts.users).toBe(users.size);
    expect(report.counts.records).toBe(volume.records.filter(({ user }) => users.has(user)).length);
  });

  it('of no user at all is red, not green', async () => {
    const report = await selected({ users: ['nobody'] });
    expect(report.verdict).toBe('fail');
    expect(report.rows.find(({ check }) => check === 'records replayed')?.passed).toBe(false);
  });

  it('of no record at all says which options left them out', async () => {
    const report = await selected({ users: [volume.records[0]!.user], since: '2031-01-01' });
    const own = volume.records.filter(({ user }) => user === volume.records[0]!.user).length;
    const others = (volume.records.length - own).toLocaleString('en');
    expect(report.rows.find(({ check }) => check === 'records replayed')?.of).toBe(
      `${volume.records.length.toLocaleString('en')} records read, left out: ${others} by --users, ${own} by --since and --until`,
    );
  });

  it('by names is red for a name that nobody has, and only where names alone select', async () => {
    const known = volume.records[0]!.user;
    const rowOf = ({ rows }: Report) => rows.find(({ finding }) => finding === 'unknown_user');
    expect(rowOf(await selected({ users: [known, 'mistyped'] }))).toMatchObject({
      expected: '2 users with records',
      actual: '1',
      passed: false,
    });
    expect(rowOf(await selected({ users: [known] }))?.passed).toBe(true);
    expect(rowOf(await selected({ users: [known, 'mistyped'], since: '2025-09-01' }))).toBeUndefined();
    expect(rowOf(await selected({}))).toBeUndefined();
  });

  it('by kinds takes of each its share', async () => {
    const counts = [...Map.groupBy(volume.records, ({ user }) => user).values()].map(({ length }) => length);
    const strata = Map.groupBy(counts, (count) => Math.floor(Math.log2(count)));
    const expected = [...strata.values()].reduce((sum, { length }) => sum + Math.ceil(length * 0.25), 0);
    expect(await usersOf({ sample: 2_500, stratify: 'records' })).toBe(expected);
  });

  it('grows with its share: every user of a smaller sample is in the larger', async () => {
    const names = async (sample: number): Promise<Set<string>> => {
      const taken = new Set<string>();
      for (const user of new Set(volume.records.map((record) => record.user)))
        if ((await usersOf({ sample, users: [user] })) === 1) taken.add(user);
      return taken;
    };
    const [small, large] = [await names(1_000), await names(5_000)];
    expect(small.size).toBeGreaterThan(0);
    expect(large.size).toBeGreaterThan(small.size);
    for (const user of small) expect(large).toContain(user);
  });

  it('changes with the seed and not with anything else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 5 }), async (seed) => {
        const taken = { seed, sample: 5_000 };
        const [inFile, inUsers] = [await selected(taken, [mixed]), await selected(taken)];
        expect(inFile.counts.users).toBe(inUsers.counts.users);
      }),
      { numRuns: 3 },
    );
  });
});
