/**
 * `golem golden review` from end to end: guards are changed in a copy of the project, the real command runs in a
 * pseudo-terminal, and the gate says whether what was decided holds.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runGolem } from '../cli/run-golem.ts';
import { gateReport, lastLine, type Project, temporaryProject } from '../temporary-project.ts';
import { KEYS, openPty, type Pty } from './pty.ts';

const OIL = 'harness/meal-log/v2/guards/h-oil.ts';
const LIMITS = 'harness/meal-log/v2/guards/a-limits.ts';
const OILED = 'edges/u-guard-ja/2025-09-03';

let project: Project;
beforeAll(() => {
  project = temporaryProject({ suites: ['edges'], ownHarness: true });
});
afterAll(() => project.dispose());

const opened: Pty[] = [];
afterEach(() => {
  for (const pty of opened.splice(0)) pty.dispose();
});

/** Two changes in two guards: an engineer's work, of which one part is meant. */
beforeEach(() => {
  project.restore();
  project.edit(OIL, 'OIL_SHARE = 0.1;', 'OIL_SHARE = 0.08;');
  project.edit(LIMITS, 'MAX_GRAMS = 2000;', 'MAX_GRAMS = 1900;');
});

function review(
  args: readonly string[] = [],
  options: { readonly columns?: number; readonly rows?: number; readonly env?: Record<string, string> } = {},
): Pty {
  const pty = openPty(process.execPath, [project.path('bin/golem.js'), 'golden', 'review', ...args], {
    cwd: project.root,
    ...options,
  });
  opened.push(pty);
  return pty;
}

const golden = (): string[] =>
  project
    .listing()
    .filter((line) => line.startsWith('golden/') && line.includes('.json'))
    .map((line) => line.split(' ').toSpliced(2, 1).join(' '));

const restored = { buffer: 'normal', isCursorHidden: false, wraps: true, bracketsPastes: false } as const;

describe('golem golden review', () => {
  it('shows causes, cases and changes; what is accepted with a reason makes the gate green', async () => {
    expect((await gateReport(project)).ran.exit).toBe(1);
    const pty = review(['--store', 'memory'], { rows: 30 });
    const causes = await pty.until(/2 causes/, 25_000);
    expect(causes.rows[0]).toBe('golden review  3 cases: 3 left, 0 accepted, 0 rejected');
    const text = causes.rows.join('\n');
    expect(text).toMatch(/^> weights outside what one item may weigh/m);
    expect(text).toMatch(/^ {2}oil absorption on deep-fried dishes, down {2}c-[0-9a-f]{8}$/m);
    expect(text).toMatch(/1 case, 2 differences · V2 calories −45 in sum, −45 at worst/);

    // More is cut off, and more often beyond the limits: that would not pass the gate.
    pty.send(KEYS.enter);
    const worse = (await pty.until(/If accepted/)).rows.join('\n');
    expect(worse).toContain('    edges day dc breaches: 21 → 23, at most 21: turns red');
    expect(worse).toContain('  alert rows: none changes');
    pty.send('b');
    pty.send(KEYS.down);
    await pty.until(/^> oil/m);
    pty.send(KEYS.enter);
    const cause = await pty.until(/If accepted/);
    const consequence = cause.rows.join('\n');
    expect(consequence).toContain('  day totals, V2 calories: −45 kcal on 1 day');
    expect(consequence).toMatch(/breach rows: none changes\n {2}alert rows: none changes/);
    expect(consequence).toContain('(told from the golden files as they are and as they would be)');
    pty.send(KEYS.enter);
    const one = await pty.until(/record r0013/);
    expect(one.rows).toContain(`${OILED}, changed`);
    expect(one.rows).toContain('  ~ v2/totals/calories: 420 → 393 (−27) and 2 × the same');
    pty.send('o');
    await pty.until(/, whole/);
    pty.send(KEYS.end);
    await pty.until(/under the full flags/);

    pty.send('a');
    await pty.until(/Why is it right/);
    pty.send('oil absorption 10% → 8%');
    await pty.until(/8%_/);
    pty.send(KEYS.enter);
    await pty.until(/2 left, 1 accepted/);
    expect(project.read(`golden/${OILED}.json`)).toContain('"reason": "oil absorption 10% → 8%"');
    expect(project.exists(`golden/${OILED}.pending.json`)).toBe(false);

    pty.send('r');
    await pty.until(/all decided, 1 accepted, 2 rejected/);
    pty.send('q');
    expect(await pty.ended).toEqual({ exitCode: 0, signal: 0 });
    const after = await pty.screen();
    expect(after).toMatchObject(restored);
    expect(after.rows[0]).toBe('golem: reviewed · 1 accepted, 2 rejected, 0 left; review with git diff');

    // What was rejected is no longer pending; without that change the gate is green.
    expect(project.listing().filter((line) => line.includes('.pending.json'))).toEqual([]);
    project.edit(LIMITS, 'MAX_GRAMS = 1900;', 'MAX_GRAMS = 2000;');
    expect((await gateReport(project)).ran.exit).toBe(0);
  });
});

describe('the same without a terminal', () => {
  const run = (...args: string[]) =>
    runGolem(['golden', ...args], { cwd: project.root, launcher: project.path('bin/golem.js') });

  it('status lists the causes; accept and reject take one by its id', async () => {
    const before = golden();
    await gateReport(project);
    const status = await run('status');
    expect(status.exit).toBe(1);
    const id = /(c-[0-9a-f]{8}) {2}oil absorption/.exec(status.out)?.[1];
    const other = /(c-[0-9a-f]{8}) {2}weights outside/.exec(status.out)?.[1];
    expect(status.out).toContain(`CAUSES 2 causes\n      ${other}  weights outside what one item may weigh`);
    const accepted = await run('accept', '--cause', `${id}`, '--reason', 'oil');
    expect([accepted.exit, accepted.err]).toEqual([0, '']);
    expect(accepted.out).toBe(
      `changed  golden/${OILED}.json\ngolem: accepted 1 case, 0 unchanged; review with git diff\n`,
    );
    for (const [args, reason] of [
      [
        ['accept', '--cause', 'c-00000000', '--reason', 'x'],
        'Failed to accept cause "c-00000000": the causes now are',
      ],
      [['accept', 'nowhere/*', '--reason', 'x'], 'Failed to find a case for pattern "nowhere/*"'],
      [['reject', '--cause', `${id}`], `Failed to reject cause "${id}": the causes now are ${other}`],
      [
        ['reject', 'nowhere/*'],
        'Failed to find a case for pattern "nowhere/*": none of the 2 pending cases matches',
      ],
    ] as const) {
      const refused = await run(...args);
      expect(refused.err).toContain(reason);
      expect([refused.exit, refused.out]).toEqual([64, '']);
    }
    const rejected = await run('reject', '--cause', `${other}`);
    expect(lastLine(rejected.out)).toBe('golem: rejected 2 cases; the accepted outcomes stand');
    const left = golden().filter((line) => !line.startsWith(`golden/${OILED}.json`));
    expect(left).toEqual(before.filter((line) => !line.startsWith(`golden/${OILED}.json`)));
    expect((await run('reject')).err).toContain('Failed to reject "golden files": no case is pending');
  });
});
