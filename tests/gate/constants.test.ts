/**
 * A constant that changes in either write path turns the gate red, and the gate says whose outcome changed. Each test
 * edits the source of a copy of the project, so that what is proved is the gate as people run it.
 */
import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { gateReport, lastLine, type Project, redFindings, temporaryProject } from '../temporary-project.ts';

const MIGRATION = 'harness/meal-log';

/** A constant, the suite that shows it, and the findings that its change must leave, no other. */
const CONSTANTS: readonly {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly suite: string;
  readonly red: readonly string[];
  /** What the report calls the causes of the outcomes that moved; none where none did. */
  readonly causes: readonly string[];
}[] = [
  {
    name: 'the tolerance of both paths’ finalisation',
    file: `${MIGRATION}/write/finalise.ts`,
    from: 'const TOLERANCE = 0.15;',
    to: 'const TOLERANCE = 0.1;',
    suite: 'everyday',
    red: ['golden', 'golden/both_changed'],
    causes: ['finalising: fat bent to explain the energy, newly or no longer'],
  },
  {
    name: 'the first fat step of both paths',
    file: `${MIGRATION}/write/finalise.ts`,
    from: 'const FAT_DOWN = 0.85;',
    to: 'const FAT_DOWN = 0.8;',
    suite: 'provider-faults',
    red: ['golden', 'golden/both_changed'],
    causes: ['finalising: fat bent to explain the energy, down'],
  },
  {
    name: 'what legacy counts for a figure that is missing',
    file: `${MIGRATION}/write/legacy.ts`,
    from: 'raw.kcal += item.calories ?? 0;',
    to: 'raw.kcal += item.calories ?? 1;',
    suite: 'provider-faults',
    red: ['golden', 'golden/legacy_changed'],
    causes: ['figures the provider left out, which legacy reads as 0, up'],
  },
  {
    name: 'the share of oil that V2’s guard adds',
    file: `${MIGRATION}/v2/guards/h-oil.ts`,
    from: 'export const OIL_SHARE = 0.1;',
    to: 'export const OIL_SHARE = 0.11;',
    suite: 'edges',
    red: ['golden', 'golden/v2_changed'],
    causes: ['oil absorption on deep-fried dishes, up'],
  },
  {
    name: 'the density at which V2 rejects figures',
    file: `${MIGRATION}/v2/guards/g-density.ts`,
    from: 'export const MAX_DENSITY = 9.3;',
    to: 'export const MAX_DENSITY = 9.4;',
    suite: 'boundaries',
    red: ['golden', 'golden/v2_changed'],
    causes: ['figures with more energy than pure fat, newly or no longer'],
  },
  {
    name: 'how far macros may be off before V2 scales them',
    file: `${MIGRATION}/v2/guards/i-atwater.ts`,
    from: 'export const TOLERANCE = 0.1;',
    to: 'export const TOLERANCE = 0.11;',
    suite: 'boundaries',
    red: ['golden', 'golden/v2_changed'],
    causes: ['macros scaled to explain the energy, newly or no longer'],
  },
  {
    name: 'the energy of alcohol that V2 reckons with',
    file: `${MIGRATION}/v2/guards/i-atwater.ts`,
    from: 'const ALCOHOL_KCAL_PER_GRAM = 7;',
    to: 'const ALCOHOL_KCAL_PER_GRAM = 6.9;',
    suite: 'boundaries',
    red: ['golden', 'golden/v2_changed'],
    causes: ['macros scaled to explain the energy, newly or no longer'],
  },
  {
    name: 'a breach limit by little more than a tenth of a gram',
    file: `${MIGRATION}/fields.ts`,
    from: "grams('df', 2, 5)",
    to: "grams('df', 2, 5.15)",
    suite: 'boundaries',
    red: ['golden', 'golden/v2_changed'],
    causes: ['no stage tells why: breached'],
  },
  {
    name: 'the hour at which a slot of the day begins',
    file: `${MIGRATION}/v2/slot.ts`,
    from: 'hour >= 4 &&',
    to: 'hour >= 5 &&',
    suite: 'boundaries',
    red: ['golden', 'golden/both_changed'],
    causes: ['no stage tells why: meal_type, slot'],
  },
  {
    name: 'how much of a long key counts',
    file: `${MIGRATION}/write/idempotency.ts`,
    from: 'header.slice(0, 255)',
    to: 'header.slice(0, 254)',
    suite: 'boundaries',
    red: ['golden', 'golden/both_changed', 'identity_changed'],
    causes: [
      'no stage tells why: amount, calories, carbs_g, disposition and 9 more',
      'no stage tells why: idempotency_key',
    ],
  },
  {
    name: 'one figure of the dictionary, which V2 computes with',
    file: `${MIGRATION}/dictionary/foods.json`,
    from: '"kcal":156,"p":2.5,"f":0.3,"c":37.1',
    to: '"kcal":157,"p":2.5,"f":0.3,"c":37.1',
    suite: 'everyday',
    red: ['golden', 'golden/v2_changed'],
    causes: ["the dictionary's steamed rice, up"],
  },
  {
    name: 'the text that a user’s share is hashed from',
    file: `${MIGRATION}/flags.ts`,
    from: '`DUAL_WRITE_V2:${user}`',
    to: '`DUAL_WRITE_V3:${user}`',
    suite: 'retries',
    red: ['identity_changed'],
    causes: [],
  },
];

let project: Project;
beforeAll(() => {
  project = temporaryProject({
    suites: [...new Set(CONSTANTS.map(({ suite }) => suite))],
    ownHarness: true,
  });
});
afterEach(() => project.restore());
afterAll(() => project.dispose());

describe('changing', () => {
  it.each(CONSTANTS)('$name turns the gate red, and says whose outcome it is', async (constant) => {
    project.edit(constant.file, constant.from, constant.to);
    const { ran, report } = await gateReport(project, [constant.suite], { env: { CI: '1' } });
    expect(ran.exit).toBe(1);
    expect(lastLine(ran.err)).toMatch(/^golem: fail · /);
    // A change of outcomes may also breach a limit; golden findings may only be the one.
    expect(redFindings(report).filter((code) => !/^(breach|p95)\//.test(code))).toEqual(constant.red);
    const causes = report.causes.filter(({ kind }) => kind === 'golden').map(({ label }) => label);
    expect(causes).toEqual(constant.causes);
  });

  it('a stage of V2 so that it gives no number turns the gate red, and is no fault of golem’s', async () => {
    project.edit(
      `${MIGRATION}/v2/pipeline.ts`,
      'finalise: simpleScale ? finaliseSimple : finaliseTwoStep }',
      'finalise: (raw, changes) => ({ ...finaliseTwoStep(raw, changes), protein_g: raw.p / 0 - raw.p / 0 }) }',
    );
    const { ran, report } = await gateReport(project, ['provider-faults'], { env: { CI: '1' } });
    expect(ran.exit).toBe(1);
    expect(redFindings(report)).toEqual(
      expect.arrayContaining(['failed_write/v2/numeric_value_out_of_range', 'golden', 'golden/v2_changed']),
    );
    expect(report.findings.find(({ code }) => code === 'golden/v2_changed')?.detail).toContain(
      'v2/failure: nothing → "numeric_value_out_of_range"',
    );
  });

  it('and accepting leaves a diff of the values that moved, line for line, and a green gate', async () => {
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        cwd: project.root,
        encoding: 'utf8',
      });
    project.changeConfig("config.suites = config.suites.filter(({ name }) => name === 'edges');");
    for (const other of ['everyday', 'boundaries', 'provider-faults', 'retries']) {
      project.remove(`fixtures/${other}`);
      project.remove(`golden/${other}`);
    }
    git('init', '-q');
    git('add', 'golden');
    git('commit', '-q', '-m', 'accepted');
    project.edit(`${MIGRATION}/v2/guards/h-oil.ts`, 'OIL_SHARE = 0.1;', 'OIL_SHARE = 0.11;');

    const { report } = await gateReport(project, ['edges']);
    const moved = report.findings.map(({ subject }) => subject);
    const status = await project.golem(['golden', 'status']);
    expect(status.exit).toBe(1);
    for (const name of moved) expect(status.out).toContain(name);

    const accepted = await project.golem(['golden', 'accept', '--reason', 'oil absorption 10% → 11%']);
    expect([accepted.exit, accepted.err]).toEqual([0, '']);
    expect((await project.golem(['gate'])).exit).toBe(0);

    const changed = git('diff', '--numstat', '--', 'golden').trimEnd().split('\n');
    expect(changed.map((line) => line.split('\t')[2])).toEqual(moved.map((name) => `golden/${name}.json`));
    for (const line of changed) {
      const [added, removed] = line.split('\t').map(Number);
      expect(added).toBe(removed);
      expect(added).toBeLessThan(30);
    }
    // Every changed line of an outcome is V2's, a difference or a day, by its name at the beginning of the line.
    const lines = git('diff', '--unified=0', '--', 'golden').match(/^[+-] .*$/gm) ?? [];
    const names = new Set(lines.map((line) => /^[+-] +"([^"/]+)/.exec(line)?.[1]));
    expect([...names].sort().filter((name) => name !== 'breached')).toEqual(
      expect.arrayContaining(['content', 'day', 'difference', 'reason', 'v2']),
    );
    expect(names).not.toContain('legacy');
    expect(names).not.toContain('answer');
    expect(git('status', '--porcelain', '--', 'golden').match(/^\?\?/m)).toBeNull();
  });
});
