/**
 * Causes under the gate as people run it: as many constants as moved, so many causes, and the commands that the report
 * names work. That one constant is one cause is held where constants are changed one by one, in `constants.test.ts`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gateReport, type Project, temporaryProject } from '../temporary-project.ts';

const GUARDS = 'harness/meal-log/v2/guards';
const FOODS = 'harness/meal-log/dictionary/foods.json';

interface Constant {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

const OIL: Constant = {
  file: `${GUARDS}/h-oil.ts`,
  from: 'OIL_SHARE = 0.1;',
  to: 'OIL_SHARE = 0.08;',
  label: 'oil absorption on deep-fried dishes, down',
};

const CONSTANTS: readonly Constant[] = [
  OIL,
  {
    file: `${GUARDS}/a-limits.ts`,
    from: 'MAX_GRAMS = 2000;',
    to: 'MAX_GRAMS = 250;',
    label: 'weights outside what one item may weigh, newly or no longer',
  },
  {
    file: `${GUARDS}/i-atwater.ts`,
    from: 'TOLERANCE = 0.1;',
    to: 'TOLERANCE = 0.2;',
    label: 'macros scaled to explain the energy, newly or no longer',
  },
  {
    file: 'harness/meal-log/dictionary/portion.ts',
    from: "['大盛り', 1.5]",
    to: "['大盛り', 1.3]",
    label: 'words about the size of a portion × 1.3, down',
  },
  {
    file: FOODS,
    from: '"raw egg","whole egg"],"kcal":142',
    to: '"raw egg","whole egg"],"kcal":155',
    label: "the dictionary's egg, up",
  },
];

let project: Project;
beforeAll(() => {
  project = temporaryProject({ suites: ['everyday', 'edges', 'boundaries'], ownHarness: true });
});
afterAll(() => project.dispose());

describe('constants that move', () => {
  it('are as many causes, each with its own records', async () => {
    for (const { file, from, to } of CONSTANTS) project.edit(file, from, to);
    const { report } = await gateReport(project, [], { env: { CI: '1' } });
    const causes = report.causes.filter(({ kind }) => kind === 'golden');
    expect(causes.map(({ label }) => label).sort()).toEqual(CONSTANTS.map(({ label }) => label).sort());
    expect(new Set(causes.map(({ id }) => id)).size).toBe(CONSTANTS.length);
    // Every case that is not as accepted is one of these decisions, and some are of two.
    const changed = report.findings
      .filter(({ code }) => code.startsWith('golden/'))
      .map(({ subject }) => subject);
    expect([...new Set(causes.flatMap(({ subjects }) => subjects))].sort()).toEqual(
      [...new Set(changed)].sort(),
    );
    expect(changed.length).toBeGreaterThan(40);
    for (const { file, from, to } of CONSTANTS) project.edit(file, to, from);
  });

  it.each([
    ['of integers', 'Math.round(value);', 'Math.floor(value);'],
    ['of tenths', 'Math.round(value * 10) / 10;', 'Math.floor(value * 10) / 10;'],
  ])(
    'are one cause where they are a rule of rounding, %s, beside another that moved',
    async (_, from, to) => {
      const finalise = 'harness/meal-log/write/finalise.ts';
      project.edit(finalise, from, to);
      project.edit(OIL.file, OIL.from, OIL.to);
      const { report } = await gateReport(project, [], { env: { CI: '1' } });
      const causes = report.causes.filter(({ kind }) => kind === 'golden');
      expect(causes.map(({ label }) => label)).toEqual([
        'rounding in finalising: legacy, v2, down',
        OIL.label,
      ]);
      expect(causes[0]!.count).toBeGreaterThan(100);
      project.edit(finalise, to, from);
      project.edit(OIL.file, OIL.to, OIL.from);
    },
  );

  it('are told before the findings, in the job summary and in JUnit, and can be looked at and accepted', async () => {
    project.edit(OIL.file, OIL.from, OIL.to);
    const env = { CI: '1', GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: project.path('summary.md') };
    const { out } = await project.golem(['gate', 'edges', '--junit', 'junit.xml'], { env });
    expect(out).toContain('2 outcomes changed, 1 cause\n');
    expect(out.indexOf('outcomes changed')).toBeLessThan(out.indexOf('FOUND'));
    expect(out.replaceAll('\n', ' ')).toContain(`2 outcomes changed, 1 cause: ${OIL.label} (2).`);
    expect(project.read('summary.md')).toContain('### 2 outcomes changed, 1 cause\n');
    expect(project.read('summary.md')).toMatch(
      /\| 2 \| oil absorption on deep-fried dishes, down \| 1 case: /,
    );
    expect(project.read('junit.xml')).toContain(`cause: 2 × ${OIL.label} (c-`);

    const [, subject] = /^ +look +npx golem explain '([^']+)'$/m.exec(out)!;
    const explained = await project.golem(['explain', subject!]);
    expect([explained.exit, explained.err]).toEqual([0, '']);
    expect(explained.out).toMatch(/Not as accepted\n.*r0013 .*: .* → /);

    const [, id] = /^ +run +npx golem golden accept --cause (c-[0-9a-f]{8}) --reason "…"$/m.exec(out)!;
    const accepted = await project.golem(['golden', 'accept', '--cause', id!, '--reason', 'oil 10% → 8%']);
    expect([accepted.exit, accepted.err]).toEqual([0, '']);
    expect((await gateReport(project, ['edges'])).ran.exit).toBe(0);
  });
});
