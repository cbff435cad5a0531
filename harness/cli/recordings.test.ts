import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeShell } from '../../tests/cli/fake-shell.ts';
import { config } from '../../golem.config.ts';
import { displayWidth } from '../report/display-text.ts';
import { coverRecordings } from '../run/coverage.ts';
import { runRecordingsStat } from './recordings.ts';

const globals = { config: null, debug: false, color: true };
const EDGES = join(import.meta.dirname, '../../fixtures/edges/recording.ndjson');
const RETRIES = join(import.meta.dirname, '../../fixtures/retries/recording.ndjson');
const require = { guard: ['a limits', 'h oil'], slot: { lunch: 10_000 }, unit: ['furlong'] };
const doors = {
  loadConfig: async () => ({ config: { ...config, coverage: { require } }, root: '/somewhere' }),
  coverRecordings,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-stat-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('golem recordings stat', () => {
  it('tells what two recordings cover together, within 80 columns, and what is too thin', async () => {
    const shell = fakeShell({ cwd: folder });
    const options = { flags: [], onBadLine: 'fail' as const, json: 'stat.json' };
    expect(await runRecordingsStat([EDGES, RETRIES], options, globals, shell, doors)).toBe(0);
    const lines = shell.out().replaceAll('\u00a0', ' ').split('\n');
    // Paths are as they were given.
    expect(lines.slice(4, -2).filter((line) => displayWidth(line) > 80)).toEqual([]);
    expect(lines.filter((line) => /^THIN {2}slot: lunch has \d+ of 10,000 records$/.test(line))).toHaveLength(
      1,
    );
    expect(lines).toContain('THIN  unit: furlong has 0 of 1 record');
    expect(lines.at(-2)).toMatch(
      /^golem: covered · \d+ records, \d+ users, \d+ user-days, 2 of 4 required strata thin$/,
    );
    const stat = JSON.parse(readFileSync(join(folder, 'stat.json'), 'utf8'));
    expect(stat.recordings.map(({ records }: { records: number }) => records)).toEqual([76, 36]);
    expect(stat.counts.records).toBe(112);
    expect(Object.values(stat.strata.guard as Record<string, number>).every((records) => records > 0)).toBe(
      true,
    );
    expect(stat.strata.hour['03']).toBe(0);
    expect(stat.thin).toEqual(['slot/lunch', 'unit/furlong']);
    // Each record has one way in which it ended.
    const ended = Object.values(stat.strata.disposition as Record<string, number>);
    expect(ended.reduce((sum, records) => sum + records, 0)).toBe(112);
  });

  it('gives standard output to the JSON alone when that is asked for, the same twice', async () => {
    const run = async () => {
      const shell = fakeShell({ cwd: folder });
      await runRecordingsStat([RETRIES], { flags: [], onBadLine: 'fail', json: '-' }, globals, shell, doors);
      expect(shell.err()).toContain('golem: covered');
      return shell.out();
    };
    const first = await run();
    expect(JSON.parse(first).golem).toBe('coverage');
    expect(await run()).toBe(first);
  });

  it('counts under the flags that are given', async () => {
    const shell = fakeShell({ cwd: folder });
    const flags = ['NORMALIZE_V2_SHADOW=0'];
    await runRecordingsStat([RETRIES], { flags, onBadLine: 'fail', json: '-' }, globals, shell, doors);
    const { strata } = JSON.parse(shell.out());
    expect(Object.values(strata.v2 as Record<string, number>)).toEqual([0, 0, 0, 0]);
  });
});
