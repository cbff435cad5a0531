/**
 * A gate that has nothing to say is never green: suites that were emptied, lost or forgotten, must-fail suites that do
 * not fail or fail for another reason, and limits that hold nothing.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { config } from '../../golem.config.ts';
import {
  gateReport,
  lastLine,
  type Project,
  redFindings,
  type ReportJson,
  temporaryProject,
} from '../temporary-project.ts';

const CI = { env: { CI: '1' } };

/** Red rows as `suite: finding, actual`. */
function redRows(report: ReportJson): readonly string[] {
  return report.rows
    .filter(({ passed }) => !passed)
    .map(({ suite, finding, actual }) => `${suite}: ${finding}, ${actual}`);
}

function headerOf(project: Project, suite: string): string {
  return project.read(`fixtures/${suite}/recording.ndjson`).split('\n')[0]!;
}

describe('a suite', () => {
  let project: Project;
  beforeAll(() => {
    project = temporaryProject({ suites: ['retries', 'provider-faults', 'must-fail/kcal-up'] });
  });
  beforeEach(() => project.restore());
  afterAll(() => project.dispose());

  it('that is emptied, by itself or beside others, is red for each path and for its golden files', async () => {
    project.write('fixtures/provider-faults/recording.ndjson', `${headerOf(project, 'provider-faults')}\n`);
    for (const suites of [[], ['provider-faults']]) {
      const { ran, report } = await gateReport(project, suites, CI);
      expect(ran.exit).toBe(1);
      expect(lastLine(ran.err)).toMatch(/^golem: fail · /);
      expect([...new Set(redRows(report).map((row) => row.split(',')[0]))].sort()).toEqual(
        [
          'provider-faults: empty_suite',
          'provider-faults: nothing_ran/legacy',
          'provider-faults: nothing_ran/v2',
          'provider-faults: golden',
          'provider-faults: live_row_changed',
          // Nothing agrees with nothing, but nothing was compared.
          'provider-faults: v2_leak',
          'provider-faults: share_mixed',
        ].sort(),
      );
      expect(report.findings.map(({ code }) => code)).toEqual(Array(7).fill('golden/orphaned'));
    }
    const pruned = await project.golem(['golden', 'prune']);
    expect(pruned.err).toContain('Failed to prune golden files of suite "provider-faults"');
    expect(pruned.exit).toBe(65);
    expect(project.exists('golden/provider-faults/u-liam')).toBe(true);
  });

  it('that must fail is red when it is emptied', async () => {
    project.write(
      'fixtures/must-fail/kcal-up/recording.ndjson',
      `${headerOf(project, 'must-fail/kcal-up')}\n`,
    );
    const { ran, report } = await gateReport(project, [], CI);
    expect(ran.exit).toBe(1);
    expect(redRows(report)).toEqual([
      expect.stringMatching(
        /^must-fail\/kcal-up: must_fail, .*empty_suite, nothing_ran\/legacy, nothing_ran\/v2/,
      ),
    ]);
  });

  it('without its recording is red, as is a recording without a suite, and one does not make up for the other', async () => {
    project.write(
      'fixtures/forgotten/one/recording.ndjson',
      project.read('fixtures/retries/recording.ndjson'),
    );
    project.remove('fixtures/provider-faults');
    const { ran, report } = await gateReport(project, [], CI);
    expect(ran.exit).toBe(1);
    expect(redRows(report)).toEqual([
      'gate: suite_without_fixtures, provider-faults',
      'gate: fixtures_without_suite, forgotten/one',
    ]);
    expect(report.rows.filter(({ passed }) => !passed).map(({ remedy }) => remedy)).not.toContain('');

    const alone = await gateReport(project, ['provider-faults'], CI);
    expect([alone.ran.exit, redRows(alone.report)]).toEqual([
      1,
      ['gate: suite_without_fixtures, provider-faults'],
    ]);
  });

  it('that is not there at all: an empty list of suites is red', async () => {
    project.changeConfig('config.suites = [];');
    const { ran, report } = await gateReport(project, [], CI);
    expect(ran.exit).toBe(1);
    expect(redFindings(report)).toEqual(['empty_gate', 'fixtures_without_suite', 'golden/orphaned']);
    expect(lastLine(ran.err)).toMatch(/^golem: fail · 0 records/);
  });

  it('that asks for something nobody recorded counts it as skipped and is red', async () => {
    const file = 'fixtures/provider-faults/recording.ndjson';
    const lines = project.read(file).split('\n');
    const record = JSON.parse(lines[1]!);
    lines[1] = JSON.stringify({ ...record, upstream: [] });
    project.write(file, lines.join('\n'));
    const { ran, report } = await gateReport(project, ['provider-faults'], CI);
    expect(ran.exit).toBe(1);
    expect(redRows(report)).toContain('provider-faults: skipped, 1');
    expect(report.counts.skipped).toBe(1);
  });

  it('is red as soon as one more comes than its limit lets through', async () => {
    // Four repeats in this suite come later than an hour: the limit of the real config is exact.
    project.changeConfig("config.suites.find(({ name }) => name === 'retries').limits = { swallowed: 3 };");
    const { ran, report } = await gateReport(project, ['retries'], CI);
    expect([ran.exit, redRows(report)]).toEqual([1, ['retries: swallowed, 4']]);
  });

  it.each([
    [
      'NaN',
      'limits.record.*.breaches',
      "config.limits = { ...config.limits, record: { '*': { breaches: NaN } } };",
    ],
    ['-1', 'limits.refused', 'config.limits = { ...config.limits, refused: -1 };'],
    ['-0.1', 'limits.day.dp.p95', 'config.limits = { ...config.limits, day: { dp: { p95: -0.1 } } };'],
    ['Infinity', 'suites[0].limits.swallowed', 'config.suites[0].limits = { swallowed: Infinity };'],
    ['2', 'limits.record.dp.rate', 'config.limits = { ...config.limits, record: { dp: { rate: 2 } } };'],
  ])('with a limit of %s is a wrong config, and nothing runs', async (value, path, change) => {
    project.changeConfig(change);
    const before = project.listing();
    const { exit, out, err } = await project.golem(['gate', '--json', 'report.json']);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).toContain(`golem.config.ts: Failed to use "${path}": ${value} is not a `);
    expect([exit, out]).toEqual([64, '']);
    expect(project.listing()).toEqual(before);
  });
});

/** Suites that must fail, and the named defects that break some of them; others are broken by their recording or golden. */
const MUST_FAIL = config.suites.filter(({ must_fail }) => must_fail !== undefined);
const BY_DEFECT = MUST_FAIL.filter(({ defect }) => defect !== undefined);

describe('suites that must fail', () => {
  let project: Project;
  beforeAll(() => {
    project = temporaryProject({ suites: MUST_FAIL.map(({ name }) => name), ownHarness: true });
  });
  afterEach(() => project.restore());
  afterAll(() => project.dispose());

  const defects = 'harness/meal-log/defects/index.ts';
  /** Puts other defects in the place of those of a name. */
  const replaceDefects = (by: Readonly<Record<string, string>>): void => {
    project.write(
      defects,
      project.read(defects).replace(
        /^export function variantOf/m,
        `Object.assign(DEFECTS, { ${Object.entries(by)
          .map(([name, defect]) => `'${name}': ${defect}`)
          .join(', ')} });\n\nexport function variantOf`,
      ),
    );
  };

  it('are each red for their own reason, and alone make no green gate of nothing', async () => {
    const { ran, report } = await gateReport(project, [], CI);
    expect(ran.exit).toBe(0);
    const rows = report.rows.filter(({ check }) => check === 'must fail');
    expect(rows.map(({ suite }) => suite)).toEqual(MUST_FAIL.map(({ name }) => name));
    for (const row of rows) expect(row).toMatchObject({ passed: true, actual: row.expected });
    expect(BY_DEFECT.length).toBeGreaterThanOrEqual(10);
  });

  it('turn the gate red, each by name, when their defects do no harm', async () => {
    replaceDefects(Object.fromEntries(BY_DEFECT.map(({ defect }) => [defect, '(healthy) => healthy'])));
    const { ran, report } = await gateReport(project, [], CI);
    expect(ran.exit).toBe(1);
    expect(redRows(report)).toEqual(BY_DEFECT.map(({ name }) => `${name}: must_fail, nothing red`));
    for (const { remedy, suite, passed } of report.rows) {
      if (!passed) expect(remedy).toBe(`npm run test:golem -- ${suite}`);
    }
  });

  it('turn the gate red when they are red for another reason, or for one more', async () => {
    replaceDefects({
      'kcal-up': 'lostWrite',
      'day-sum': 'unrounded',
      'lost-write': 'duplicate',
      duplicate: '(healthy) => lostWrite(duplicate(healthy))',
      'skip-meal': 'v2Throws',
    });
    const broken = ['kcal-up', 'day-sum', 'lost-write', 'duplicate', 'skip-meal'].map(
      (name) => `must-fail/${name}`,
    );
    const { ran, report } = await gateReport(project, broken, CI);
    expect(ran.exit).toBe(1);
    expect(redRows(report)).toEqual([
      'must-fail/kcal-up: must_fail, lost_write',
      'must-fail/day-sum: must_fail, failed_write/v2/invalid_text_representation',
      'must-fail/skip-meal: must_fail, failed_write/v2/exception',
      'must-fail/lost-write: must_fail, duplicate_write',
      'must-fail/duplicate: must_fail, duplicate_write, lost_write',
    ]);
  });
});

describe('golden files that are wrong on purpose', () => {
  let project: Project;
  beforeAll(() => {
    project = temporaryProject({ suites: ['must-fail/golden-stale', 'must-fail/golden-orphaned'] });
  });
  afterEach(() => project.restore());
  afterAll(() => project.dispose());

  it('turn the gate red when they are right', async () => {
    // Makes the stale suite an ordinary one, accepts its outcomes, and makes it the stale suite again.
    project.changeConfig(
      "delete config.suites.find(({ name }) => name === 'must-fail/golden-stale').must_fail;",
    );
    const accepted = await project.golem(['golden', 'accept', 'must-fail/golden-stale', '--reason', 'tidy']);
    expect([accepted.exit, accepted.err]).toEqual([0, '']);
    project.changeConfig('');
    project.remove('golden/must-fail/golden-orphaned/u-ren/2025-08-01.json');
    const { ran, report } = await gateReport(project, [], CI);
    expect(ran.exit).toBe(1);
    expect(redRows(report)).toEqual([
      'must-fail/golden-stale: must_fail, nothing red',
      'must-fail/golden-orphaned: must_fail, nothing red',
    ]);
  });

  it('are out of reach of accept and prune, which would make them right', async () => {
    const golden = (): readonly string[] => project.listing().filter((line) => line.startsWith('golden/'));
    const before = golden();
    for (const pattern of [
      'must-fail/golden-stale',
      'must-fail/*',
      'golden/must-fail/golden-stale/u-ren/*',
    ]) {
      const refused = await project.golem(['golden', 'accept', pattern, '--reason', 'tidy']);
      expect(refused.err).toMatch(/must fail; its golden files are wrong on purpose/);
      expect(refused.exit).toBe(64);
    }
    expect((await project.golem(['golden', 'prune'])).exit).toBe(0);
    expect(golden()).toEqual(before);
  });
});
