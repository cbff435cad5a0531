/**
 * The same inputs give the same report, byte for byte, whatever the machine around the gate: its time zone, its
 * language, its store, its colours, the folder it stands in.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Project, temporaryProject } from '../temporary-project.ts';

let projects: readonly [Project, Project];
beforeAll(() => {
  projects = [temporaryProject(), temporaryProject()];
});
afterAll(() => {
  for (const project of projects) project.dispose();
});

/** Enough suites to see every guard, key and failure; the whole gate takes its time, so all of it ten times is for CI. */
const isAsked = ['CI', 'GOLEM_SLOW'].some((name) => !['', '0', 'false'].includes(process.env[name] ?? ''));
const SUITES = isAsked ? [] : ['edges', 'retries', 'provider-faults', 'must-fail/v2-throws'];

/** One run each: what surrounds it, and what it is asked. */
const SURROUNDINGS: readonly { readonly env: Record<string, string>; readonly args?: readonly string[] }[] = [
  { env: {} },
  { env: { TZ: 'Asia/Tokyo', LANG: 'ja_JP.UTF-8' } },
  { env: { TZ: 'America/New_York', LC_ALL: 'C' } },
  { env: { TZ: 'UTC', LANG: 'C' } },
  { env: { TZ: 'Asia/Kathmandu', LC_ALL: 'ja_JP.UTF-8', FORCE_COLOR: '1', COLUMNS: '40' } },
  { env: { TZ: 'America/New_York', LANG: 'tr_TR.UTF-8', CI: '1' } },
  { env: { TZ: 'Pacific/Apia', LC_ALL: 'de_DE.UTF-8' }, args: ['--verbose'] },
  { env: { TZ: 'Asia/Tokyo', LC_ALL: 'C', GITHUB_ACTIONS: 'true' } },
  { env: { TZ: 'UTC', LC_ALL: 'ja_JP.UTF-8' }, args: ['--store', 'pglite'] },
  { env: { TZ: 'America/New_York', LANG: 'C' }, args: ['--store', 'pglite'] },
];

describe('the report JSON', () => {
  it('is the same bytes over ten runs, time zones, languages, stores and folders', async () => {
    const reports = new Map<string, string>();
    // Two at a time, one in each folder, on the two cores that every machine has.
    for (let first = 0; first < SURROUNDINGS.length; first += projects.length) {
      const pair = SURROUNDINGS.slice(first, first + projects.length);
      const ran = await Promise.all(
        pair.map(({ env, args = [] }, index) =>
          projects[index]!.golem(['gate', ...SUITES, '--json', '-', ...args], { env }),
        ),
      );
      for (const { exit, out, err } of ran) {
        expect(exit, err).toBe(0);
        reports.set(createHash('sha256').update(out).digest('hex'), out);
      }
    }
    expect([...reports.keys()]).toHaveLength(1);
    const [report = ''] = reports.values();
    expect(JSON.parse(report).verdict).toBe('pass');
    for (const project of projects) expect(report).not.toContain(project.root);
  }, 180_000);

  it('of the whole gate is the same bytes in memory and on PGlite', async () => {
    const [memory, pglite] = await Promise.all([
      projects[0].golem(['gate', '--json', '-'], { env: { TZ: 'Asia/Tokyo', LC_ALL: 'C' } }),
      projects[1].golem(['gate', '--json', '-', '--store', 'pglite'], { env: { LC_ALL: 'ja_JP.UTF-8' } }),
    ]);
    expect([memory.exit, pglite.exit]).toEqual([0, 0]);
    expect(pglite.out).toBe(memory.out);
    const { counts, suites } = JSON.parse(pglite.out);
    // What was compared is worth comparing: every suite, 500 records and more under each of two settings.
    expect(counts.records).toBeGreaterThanOrEqual(1_000);
    expect(new Set(suites.map(({ suite }: { suite: string }) => suite)).size).toBeGreaterThanOrEqual(17);
  }, 120_000);

  it('is another where seed or flags are others, so that equal bytes say something', async () => {
    const [project] = projects;
    const one = await project.golem(['gate', 'retries', '--json', '-']);
    const other = await project.golem(['gate', 'retries', '--seed', 'another', '--json', '-']);
    const reseeded = one.out
      .replace('"seed": "golem"', '"seed": "another"')
      .replace('-- retries"', '-- retries --seed another"');
    expect(reseeded).toBe(other.out);
    const replay = (...args: string[]) =>
      project.golem(['replay', 'fixtures/edges/recording.ndjson', '--json', '-', ...args]);
    const [healthy, scaled] = [await replay(), await replay('--flags', 'ATWATER_SIMPLE_SCALE=1')];
    expect(JSON.parse(scaled.out).differences).not.toEqual(JSON.parse(healthy.out).differences);
  });
});
