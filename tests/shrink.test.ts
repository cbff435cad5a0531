/**
 * A failing recording becomes a fixture: shrunk, its line pasted, the gate green, and red again when the code moves.
 * Whole commands in a project of their own.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  gateReport,
  lastLine,
  type Project,
  redFindings,
  REPOSITORY,
  temporaryProject,
} from './temporary-project.ts';

const GUARD = 'harness/meal-log/v2/guards/h-oil.ts';

let project: Project;
beforeAll(() => {
  project = temporaryProject({ suites: ['edges'], ownHarness: true });
});
afterAll(() => project.dispose());

/** The line of the config that the command offers. */
function lineOf(out: string): string {
  return /^config +(\{.*\}),$/m.exec(out)?.[1] ?? '';
}

const recording = `${REPOSITORY}fixtures/noisy/recording.ndjson`;

describe('a failing recording', () => {
  it('becomes a fixture that the gate is green with, twice the same', async () => {
    const args = ['shrink', recording, '--breach', 'day/dc'];
    const { exit, out, err } = await project.golem(args);
    expect([exit, err]).toEqual([0, '']);
    expect(lastLine(out)).toMatch(
      /^golem: shrunk · 310 records → \d records? of 1 user in \d+ replays, nothing more can go$/,
    );
    const fixture = project.read('fixtures/shrunk/day-dc/recording.ndjson');
    expect(fixture.split('\n').length).toBeLessThan(6);
    const [golden] = project
      .listing()
      .filter((line) => line.startsWith('golden/shrunk/day-dc/') && line.includes('.json'));
    expect(project.read(golden!.split(' ')[0]!)).toContain(
      'shrunk from recording.ndjson, which shows: day breach of dc',
    );

    // Not listed yet, the gate says so; with the line it is green.
    expect(redFindings((await gateReport(project)).report)).toContain('fixtures_without_suite');
    project.changeConfig(`config.suites.push(${lineOf(out)});`);
    const { ran, report } = await gateReport(project);
    expect([ran.exit, redFindings(report)]).toEqual([0, []]);
    const replayed = await project.golem([
      'replay',
      'fixtures/shrunk/day-dc/recording.ndjson',
      '--json',
      '-',
    ]);
    expect(JSON.parse(replayed.out).differences.day.dc.breaches).toBeGreaterThan(0);

    const taken = await project.golem(args);
    expect([taken.exit, taken.out]).toEqual([64, '']);
    expect(taken.err).toContain('--overwrite');
    expect((await project.golem([...args, '--overwrite'])).exit).toBe(0);
    expect(project.read('fixtures/shrunk/day-dc/recording.ndjson')).toBe(fixture);
    project.restore();
  });

  it('of a case whose outcome moved with the code shrinks to the record that moved', async () => {
    project.edit(GUARD, 'OIL_SHARE = 0.1;', 'OIL_SHARE = 0.12;');
    const args = [
      'shrink',
      'fixtures/edges/recording.ndjson',
      '--case',
      'edges/u-guard-ja/2025-09-03',
      '--out',
      'out',
    ];
    const { exit, out } = await project.golem(args, { env: { CI: 'true' } });
    expect([exit, lastLine(out)]).toEqual([0, expect.stringMatching(/→ 1 record of 1 user in \d replays/)]);
    expect(out).toMatch(/^shows +golden: r\d+ v2\/rows\/\w+\/calories 420 → 447, and/);
    expect(project.read('out/recording.ndjson').split('\n')).toHaveLength(3);
    // Outside the fixtures, and in CI, nothing accepted is written.
    expect(project.listing().filter((line) => line.startsWith('golden/out'))).toEqual([]);
    project.restore();
  });

  it('that shows nothing of the kind is told so and nothing is written', async () => {
    const before = project.listing();
    const { exit, out, err } = await project.golem(['shrink', recording, '--alert', 'ShadowDiffBreachBurst']);
    expect([exit, out]).toEqual([65, '']);
    expect(err).toContain('the alert ShadowDiffBreachBurst does not fire over it');
    expect(project.listing()).toEqual(before);
  });
});
