/**
 * A ramp from recordings to exit code, with the real command: made-up production of many users, of few, of some who
 * err, and of a sample.
 */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../harness/report/shape.ts';
import { lastLine, type Project, temporaryProject } from '../temporary-project.ts';
import { readFixture } from './replay-fixture.ts';

let project: Project;
beforeAll(() => {
  project = temporaryProject({ suites: [] });
});
afterAll(() => project.dispose());

/**
 * So many users who each do what one of a fixture's did on two days, as a recording that says it is real. Of every four
 * each has other days, so that all of them together span eight.
 */
function recordingOf(file: string, fixture: string, users: number, simulated = false): void {
  const { header, records } = readFixture(fixture);
  const names = [...new Set(records.map(({ user }) => user))];
  const days = (name: string, day: number) =>
    records.filter(
      ({ user, at }) => user === name && at >= `2025-09-0${day}T15` && at < `2025-09-0${day + 2}T15`,
    );
  const lines = [JSON.stringify({ ...header, anonymised: true, simulated, grouped_by: 'user' })];
  for (let user = 0; user < users; user++) {
    const rollout_bucket = Math.floor((user * 10_000) / users);
    for (const record of days(names[user % names.length]!, 1 + 2 * (user % 4)))
      lines.push(JSON.stringify({ ...record, user: `p${user}`, rollout_bucket }));
  }
  writeFileSync(`${project.root}/${file}`, `${lines.join('\n')}\n`);
}

async function replay(...args: readonly string[]) {
  const ran = await project.golem(['replay', ...args, '--json', 'report.json', '--quiet']);
  return { ...ran, report: JSON.parse(project.read('report.json')) as Report };
}

const verdicts = ({ ramp }: Report) => ramp!.steps.map(({ percent, verdict }) => [percent, verdict]);

describe('golem replay --ramp', () => {
  it('says go where enough users met no breach, and passes', async () => {
    recordingOf('many.ndjson', 'everyday', 600);
    const { exit, out, report } = await replay('many.ndjson', '--ramp', '10,50,100');
    expect(verdicts(report)).toEqual([
      [10, 'go'],
      [50, 'go'],
      [100, 'go'],
    ]);
    expect([exit, report.verdict, lastLine(out)]).toEqual([0, 'pass', report.summary]);
    expect(report.ramp!.steps.map(({ users }) => users)).toEqual([60, 300, 600]);
    expect(report.ramp!.steps[2]!.live_rows_changed).toBe(report.paths.v2.ran);
    expect(out).toContain('Step  Users  Rows changed');
    expect(report.reproduce).toContain('--ramp 10,50,100');
  });

  it('says how much more it takes where users are few, and exits with 2', async () => {
    recordingOf('few.ndjson', 'everyday', 200);
    const { exit, out, report } = await replay('few.ndjson', '--ramp', '10,50,100');
    expect(verdicts(report)).toEqual([
      [10, 'go'],
      [50, 'not enough evidence'],
      [100, 'not enough evidence'],
    ]);
    expect([exit, report.verdict]).toEqual([2, 'inconclusive']);
    const { more_clean_users } = report.ramp!.steps[1]!;
    expect(out.replaceAll('\n', ' ')).toMatch(
      /Not enough evidence: replay \d+ more clean user-days \(79 users\) for 50%/,
    );
    expect(more_clean_users).toBe(79);
    expect(lastLine(out)).toMatch(
      /^golem: inconclusive · go for 10%; not enough evidence: replay \d+ more clean user-days for 50%, \d+ for 100% · /,
    );
    // All of the recording was replayed: there is no larger sample to take.
    expect(report.next).toBeUndefined();
    expect(out).toContain('next      record more: ');
  });

  it('gives the same bytes by one thread and by two, and of a sample what fits all of production', async () => {
    const one = await replay('many.ndjson', '--ramp', '10,100', '--sample', '50%', '--workers', '1');
    const bytes = project.read('report.json');
    await replay('many.ndjson', '--ramp', '10,100', '--sample', '50%', '--workers', '2');
    expect(project.read('report.json')).toBe(bytes);
    const { ramp } = one.report;
    expect(ramp!.sampled).toBe(0.5);
    expect(ramp!.steps[1]!.users).toBe(2 * ramp!.users);
    expect(ramp!.alerts.map(({ basis }) => basis)).toContain('drawn');
    const larger = ramp!.steps[1]!.sample_percent!;
    expect(one.report.next).toEqual([
      { to: 'replay', command: one.report.reproduce.replace('--sample 50%', `--sample ${larger}%`) },
    ]);
    expect(ramp!.steps[1]).toMatchObject({ verdict: 'not enough evidence' });
    expect(one.report.rows.filter(({ check }) => check.startsWith('dry run'))).toEqual([]);
  });

  it('is the same of shards merged as of one replay', async () => {
    await replay('many.ndjson', '--ramp', '10,100', '--sample', '50%');
    const bytes = project.read('report.json');
    const part = (shard: string, out: string) =>
      project.golem(['replay', 'many.ndjson', '--sample', '50%', '--shard', shard, '--out', out, '--quiet']);
    for (const [shard, out] of [
      ['2/2', 'b.tally'],
      ['1/2', 'a.tally'],
    ] as const)
      expect((await part(shard, out)).exit).toBe(0);
    const merged = await project.golem([
      'merge',
      'b.tally',
      'a.tally',
      '--ramp',
      '10,100',
      '--json',
      'report.json',
    ]);
    expect(merged.exit).toBe(2);
    expect(project.read('report.json')).toBe(bytes);
  });

  it('says no where users err, with what alerts may do beside it, and fails', async () => {
    recordingOf('noisy.ndjson', 'noisy', 120);
    const { exit, out, report } = await replay('noisy.ndjson', '--ramp', '10,100', '--watch', '2h');
    expect(out).toMatch(/^NO-GO for 10% and 100%\n/);
    expect(report.next).toContainEqual({ to: 'explain', command: report.causes[0]!.look });
    const fields = [...Object.values(report.differences.record), ...Object.values(report.differences.day)];
    const fieldBreaches = fields.reduce((sum, { breaches }) => sum + breaches, 0);
    const subjects = report.causes.reduce((sum, { count }) => sum + count, 0);
    expect(lastLine(out)).toMatch(/^golem: fail · no-go for 10%, 100% · 945 records, /);
    expect(lastLine(out)).toContain(
      `, ${fieldBreaches} field breaches in ${subjects} records and running days, `,
    );
    expect([exit, report.verdict]).toEqual([1, 'fail']);
    expect(verdicts(report)[1]).toEqual([100, 'no-go']);
    const codes = report.rows.filter(({ passed }) => !passed).map(({ finding }) => finding);
    expect(codes).toContain('breach/day/dc');
    const burst = report.ramp!.alerts.find(({ alert }) => alert === 'ShadowDiffDailyBreachBurst')!;
    // It fires in most watches of all eight days, which is enough to be sure of the next.
    expect(burst.chance.estimate).toBeGreaterThan(0.5);
    expect([burst.state, report.ramp!.watch_seconds]).toEqual(['over', 7200]);
    expect(report.ramp!.steps[1]!.reasons.map(({ code }) => code)).toContain(`alert/legacy/${burst.alert}`);
    const counts = report.rows.filter(({ check }) => / breaches$/.test(check));
    expect(counts).toEqual([]);
  });

  it('takes nothing simulated for a go', async () => {
    recordingOf('simulated.ndjson', 'everyday', 600, true);
    const { exit, out, report } = await replay('simulated.ndjson', '--ramp', '10');
    expect([exit, verdicts(report)]).toEqual([2, [[10, 'not enough evidence']]]);
    expect(out).toContain('why       simulated traffic: no evidence for a go\n');
    const without = await replay('simulated.ndjson');
    expect([without.exit, without.report.ramp]).toEqual([0, undefined]);
  });

  it('takes no recording that lost writes for a go, says how many, and merges to the same', async () => {
    const [head = '', ...lines] = project.read('many.ndjson').split('\n');
    const lossy = JSON.stringify({ ...JSON.parse(head), dropped: { queue_full: 1200, disk: 3 } });
    project.write('lossy.ndjson', [lossy, ...lines].join('\n'));
    const { exit, out, report } = await replay('lossy.ndjson', '--ramp', '10,100');
    expect([exit, report.verdict, report.dropped]).toEqual([
      2,
      'inconclusive',
      { disk: 3, queue_full: 1200 },
    ]);
    expect(verdicts(report)).toEqual([
      [10, 'not enough evidence'],
      [100, 'not enough evidence'],
    ]);
    expect(out).toContain('why       writes that were not recorded: 1,203, 0 allowed\n');
    expect(lastLine(out)).toMatch(/^golem: inconclusive · .*, 0 skipped, 1,203 writes not recorded$/);
    const bytes = project.read('report.json');
    for (const index of [1, 2])
      await project.golem([
        'replay',
        'lossy.ndjson',
        '--shard',
        `${index}/2`,
        '--out',
        `lossy-${index}.tally`,
      ]);
    await project.golem(['merge', 'lossy-?.tally', '--ramp', '10,100', '--json', 'report.json']);
    expect(project.read('report.json')).toBe(bytes);
    const without = await replay('lossy.ndjson');
    expect([without.exit, without.report.verdict, without.report.rows.every(({ passed }) => passed)]).toEqual(
      [2, 'inconclusive', true],
    );
  });

  it('takes no part of a replay for a go, and says whom it speaks of', async () => {
    await project.golem(['replay', 'many.ndjson', '--shard', '1/2', '--out', 'half.tally', '--quiet']);
    const { exit, out } = await project.golem([
      ...['merge', 'half.tally', '--partial', '--ramp', '10', '--json', 'report.json'],
    ]);
    expect([exit, verdicts(JSON.parse(project.read('report.json')) as Report)]).toEqual([
      2,
      [[10, 'not enough evidence']],
    ]);
    expect(out).toContain('why       a replay in part: who was left out may err\n');
    expect(out.replaceAll('\n', ' ')).toContain('Steps speak of the part that was replayed');
  });

  it('takes no choice of users or records for a go: those who err may be whom it left out', async () => {
    const [, , , first = ''] = project.read('many.ndjson').split('\n');
    const { user } = JSON.parse(first) as { user: string };
    for (const choice of [
      ['--where', 'bucket<9990'],
      ['--users', `p1,p2,${user}`],
    ]) {
      const { exit, out, report } = await replay('many.ndjson', '--ramp', '1', ...choice);
      expect([exit, verdicts(report)]).toEqual([2, [[1, 'not enough evidence']]]);
      expect(report.ramp!.steps[0]!.reasons.map(({ code }) => code)).toContain('chosen');
      expect(out.replaceAll(/\s+/g, ' ')).toContain('only what --users or --where chose was replayed');
      expect(out.replaceAll('\n', ' ')).toContain('Steps speak of users like those chosen');
    }
  });

  it('takes no people under two headers for a go, and merges to the same', async () => {
    const [head = '', ...lines] = project.read('many.ndjson').split('\n');
    const other = JSON.stringify({ ...JSON.parse(head), tz_offset_minutes: 0 });
    project.write('other.ndjson', [other, ...lines].join('\n'));
    const both = ['many.ndjson', 'other.ndjson'];
    const { exit, out, report } = await replay(...both, '--ramp', '10,100');
    expect([exit, verdicts(report)]).toEqual([
      2,
      [
        [10, 'not enough evidence'],
        [100, 'not enough evidence'],
      ],
    ]);
    expect(report.ramp!.steps[0]!.reasons.map(({ code }) => code)).toEqual(['apart']);
    expect(out.replaceAll(/\s+/g, ' ')).toContain('who is in two of them counts twice');
    const bytes = project.read('report.json');
    for (const index of [1, 2])
      await project.golem(['replay', ...both, '--shard', `${index}/2`, '--out', `both-${index}.tally`]);
    await project.golem(['merge', 'both-?.tally', '--ramp', '10,100', '--json', 'report.json']);
    expect(project.read('report.json')).toBe(bytes);
  });

  it.each([
    ['a recording without a record', ['bare.ndjson'], 'the recordings hold no record'],
    ['dates without a record', ['many.ndjson', '--since', '2030-01-01'], 'by --since and --until'],
    ['a name of nobody', ['many.ndjson', '--users', 'nobody'], 'by --users'],
  ])('says neither yes nor no to %s', async (_, args, why) => {
    project.write('bare.ndjson', `${project.read('many.ndjson').split('\n')[0]}\n`);
    const { out, report } = await replay(...args, '--ramp', '10,100');
    expect(verdicts(report)).toEqual([
      [10, 'not enough evidence'],
      [100, 'not enough evidence'],
    ]);
    const [reason] = report.ramp!.steps[0]!.reasons;
    expect([reason!.code, reason!.subject]).toEqual(['nobody', 'nothing was replayed']);
    expect(reason!.detail).toContain(why);
    expect(out).not.toMatch(/no-go|mend the cause/i);
  });

  it('takes no window of a day for a go, and says over how many days a go was made', async () => {
    const day = ['--since', '2025-09-02', '--until', '2025-09-02'];
    const { exit, out, report } = await replay('many.ndjson', '--ramp', '10', ...day);
    expect([exit, verdicts(report), report.ramp!.span_days]).toEqual([2, [[10, 'not enough evidence']], 1]);
    expect(out.replaceAll(/\s+/g, ' ')).toContain('the records span 1 day: 7 are wanted');
    const whole = await replay('many.ndjson', '--ramp', '10');
    expect([whole.exit, whole.report.ramp!.span_days]).toEqual([0, 8]);
    expect(whole.out.replaceAll('\n', ' ')).toContain('user-days over 8 days');
  });

  it('says no beside any other check that is red, though no user met a breach', async () => {
    const [header = '', ...lines] = project.read('many.ndjson').trimEnd().split('\n');
    const torn = [header, ...lines.slice(0, -1), `${lines.at(-1)!.slice(0, -20)}`];
    writeFileSync(`${project.root}/torn.ndjson`, `${torn.join('\n')}\n`);
    const { exit, report } = await replay('torn.ndjson', '--ramp', '10', '--on-bad-line', 'skip');
    expect([exit, verdicts(report)]).toEqual([1, [[10, 'no-go']]]);
    expect(report.ramp!.steps[0]!.reasons.map(({ code }) => code)).toEqual(['skipped']);
  });

  it.each([
    [['--ramp', '0'], 'Failed to read "--ramp 0"'],
    [['--watch', 'soon'], 'Failed to read "--watch soon"'],
    [['--shard', '1/2', '--out', 'a.tally', '--ramp', '10'], 'golem merge --ramp'],
  ])('refuses %j', async (args, message) => {
    const { exit, err } = await project.golem(['replay', 'few.ndjson', ...args]);
    expect(exit).toBe(64);
    expect(err).toContain(message);
  });
});
