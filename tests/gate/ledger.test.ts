/**
 * The ledger of expected differences under the gate as people run it: what it covers is counted apart, and an entry
 * that has run out, covers nothing or cannot be read is red or refused.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { gateReport, type Project, redFindings, temporaryProject } from '../temporary-project.ts';

let project: Project;
/** Energy breaches of records in the suite, and how many of them come of the oil. */
let breaches: { readonly all: number; readonly oil: number };
beforeAll(async () => {
  project = temporaryProject({ suites: ['edges'] });
  withLedger(OIL, 1000);
  const [, others, oil] = /^(\d+), and (\d+) expected$/.exec(
    row(await gate(), 'record dkcal breaches')!.actual,
  )!;
  breaches = { all: Number(others) + Number(oil), oil: Number(oil) };
}, 60_000);
afterEach(() => project.restore());
afterAll(() => project.dispose());

const LEDGER = 'expected-differences.yml';
const OIL = `  - id: fried-oil
    reason: The provider lists raw items and V2 adds the oil
    owner: mina
    expires: 2026-03-31
    where: { case: edges/*, code: oil_added, level: record }
`;

/** Names the ledger in the config and allows one energy breach of a record fewer than there are. */
function withLedger(entries: string, allowed: number): void {
  project.write(LEDGER, `version: 1\nexpected:\n${entries}`);
  project.changeConfig(`config.ledger = '${LEDGER}';
config.suites[0].limits.record.dkcal = { breaches: ${allowed} };`);
}

const gate = (today = '2026-01-15') => gateReport(project, ['--today', today], { env: { CI: '1' } });
type Gated = Awaited<ReturnType<typeof gate>>;

const row = ({ report }: Gated, check: string) => report.rows.find((one) => one.check === check);

describe('a ledger', () => {
  it('counts what it covers apart, so that a limit is kept by what nobody expects and the row says both', async () => {
    const { all, oil } = breaches;
    expect(oil).toBeGreaterThan(0);
    withLedger(OIL, all - oil);
    const covered = await gate();
    expect(redFindings(covered.report)).toEqual([]);
    expect(covered.ran.exit).toBe(0);
    expect(row(covered, 'record dkcal breaches')!.actual).toBe(`${all - oil}, and ${oil} expected`);
    expect(covered.ran.err).toContain('fried-oil covers');
    expect(covered.report.summary).toMatch(/, \d+ breaches expected, 0 of \d+ checks red$/);

    project.changeConfig(`config.suites[0].limits.record.dkcal = { breaches: ${all - oil} };`);
    const without = await gate();
    expect(without.ran.exit).toBe(1);
    expect(row(without, 'record dkcal breaches')!.actual).toBe(String(all));
    expect(redFindings(without.report)).toEqual(['breach/record/dkcal']);
  });

  it('is no pass for a breach that no entry covers', async () => {
    const { all, oil } = breaches;
    withLedger(OIL, all - oil - 1);
    const { ran, report } = await gate();
    expect(ran.exit).toBe(1);
    expect(redFindings(report)).toEqual(['breach/record/dkcal']);
  });

  it('leaves the records that it covers out of the findings of a red row', async () => {
    const users = async (entries: string): Promise<string[]> => {
      withLedger(entries, 0);
      const { report } = await gate();
      const named = report.findings.filter(({ code }) => code === 'breach/record/dkcal');
      return [...new Set(named.map(({ subject }) => subject.split(' ')[0]!))];
    };
    const covering = OIL.replace(
      /where: .*/,
      'where: { case: edges/u-guard-en/*, fields: [dkcal], level: record }',
    );
    const [before, after] = [await users(OIL), await users(covering)];
    expect(before).toContain('u-guard-en');
    expect(after).not.toContain('u-guard-en');
    expect(after.length).toBeGreaterThan(0);
  });

  it('turns the gate red once an entry has run out, and counts its breaches again', async () => {
    const { all, oil } = breaches;
    withLedger(OIL, all - oil);
    const gated = await gate('2026-04-01');
    expect(gated.ran.exit).toBe(1);
    expect(redFindings(gated.report)).toEqual(['breach/record/dkcal', 'ledger/expired']);
    expect(row(gated, 'expected differences past their date')!.actual).toBe('fried-oil (2026-03-31)');
    expect(row(gated, 'record dkcal breaches')!.actual).toBe(String(all));
    // Nothing in the report says which day it was held against: another late day gives the same bytes.
    expect((await gate('2027-01-01')).ran.out).toBe(gated.ran.out);
  });

  it('turns the gate red for an entry that covers nothing', async () => {
    withLedger(OIL.replace('oil_added', 'oil_removed'), 1000);
    const gated = await gate();
    expect(gated.ran.exit).toBe(1);
    expect(redFindings(gated.report)).toEqual(['ledger/unused']);
    expect(gated.report.findings[0]).toMatchObject({ subject: 'fried-oil', file: LEDGER, line: 3 });
  });

  it.each([
    ['malformed', `version: 1\nexpected:\n${OIL.replace('owner: mina', 'owner: ""')}`, `${LEDGER}:5:12: `],
    ['empty', '', `${LEDGER}:1:1: `],
    ['no YAML', 'expected: [', `${LEDGER}:1:`],
  ])('is refused with its place when it is %s, before anything is written', async (_, text, place) => {
    withLedger(OIL, 1000);
    project.write(LEDGER, text);
    const before = project.listing();
    const ran = await project.golem(['gate']);
    expect(ran.exit).toBe(65);
    expect(ran.err).toContain(place);
    expect(ran.err).toContain(`Run: $EDITOR ${LEDGER}`);
    expect(project.listing()).toEqual(before);
  });

  it('is refused when it cannot be read, with the next step', async () => {
    withLedger(OIL, 1000);
    project.remove(LEDGER);
    const ran = await project.golem(['gate']);
    expect(ran.exit).toBe(65);
    expect(ran.err).toContain(`${LEDGER}: Failed to read the ledger of expected differences "${LEDGER}"`);
    expect(ran.err).toMatch(/Run: git checkout -- expected-differences\.yml/);
  });

  it('is held against a day that exists', async () => {
    const ran = await project.golem(['gate', '--today', '2026-02-30']);
    expect([ran.exit, ran.err]).toEqual([64, expect.stringContaining('expected a day such as 2026-03-31')]);
  });
});
