import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { passing } from '../../tests/cli/sample-report.ts';
import { displayWidth } from './display-text.ts';
import { renderSummary } from './github-summary.ts';
import { openPage } from './page.ts';
import { answerParagraphs, answerPhrase, rampAdvice, rampAnswers } from './ramp-answer.ts';
import { renderAnswer, renderEvidence, renderSteps } from './ramp-block.ts';
import { alertRiskTable, breachTable, dayTable, percent, rampBasis } from './ramp-lines.ts';
import { sampleRamp } from './ramp-sample.fixture.ts';
import type { RampBreach, RampReport, RampStep } from './shape.ts';
import { renderTerminal } from './terminal.ts';

const plain = { width: 80, color: false, verbose: false };

function withStep(change: Partial<RampStep>): RampReport {
  return { ...sampleRamp, steps: [{ ...sampleRamp.steps[1]!, ...change }] };
}

function rendered(ramp: RampReport, options = plain): string {
  const page = openPage(options);
  const answer = renderAnswer({ ramp, next: [] }, [], page);
  return [...answer, ...renderSteps(ramp, page), ...renderEvidence(ramp, page)].join('\n\n');
}

describe('a ramp at a terminal', () => {
  it('says what it stands on, each step, what settles it, who is in breach, what may fire', () => {
    expect(rendered(sampleRamp)).toBe(`GO    for 10%
OPEN  Not enough evidence: replay 16,842 more clean user-days (1,203 users) for
      50%, as --sample 11% would
      why       amount of a record (312 of 20,100 users): up to 1.1% of all
                users, 1% allowed
NO-GO for 100%
      why       amount of a record (312 of 20,100 users): 1.3% of all users or
                more, 1% allowed
      next      mend the cause and replay again; if it is meant, "rollout" in
                the config says how many users may meet it

Ramp, from 20,112 users with 281,409 user-days over 14 days, a sample of 10%.
Steps speak of all of production; bounds hold at 95%.

Step    Users  Rows changed  User-days  in breach  at most  Verdict
10%    20,040     1,012,330    281,020        300      372  go
50%   100,510     5,061,200  1,406,900      1,490    1,844  not enough evidence
100%  201,120    10,122,900  2,814,090      3,010    3,689  no-go

Breach of      Users  out of  Share  at most  allowed  Result
record amount    312  20,100   1.6%     1.8%       1%  no-go at 100%

Users: those replayed who meet at least one breach of the field. Share, at most,
allowed: of all users; a step of 10% reaches a tenth of them. Result: the first
step that it speaks against.

No user in breach of any other field or level among 20,100: each is met by at
most 0.028% of users.

Alert in 24 h             Chance  at most  Watches   Result
legacy/AmountBreachBurst     62%      81%  drawn     over
legacy/AmountP95High          0%      19%  recorded  within

Watches recorded: the share of them in which the alert fires.
Watches drawn: put together from the people replayed, counts scaled up to all of
production.
over: more than the 5% allowed, even at the lower bound.
within: no more than the 5% allowed.
An alert is judged by its estimate, not by at most: no sample rules out a few
unseen users who err all day, and the alert is there to notice them.`);
  });

  it.each([
    [7200, '2 h'],
    [86_400, '24 h'],
    [365 * 86_400, '365 days'],
    [90 * 60, '90 min'],
  ])('names a watch of %d seconds as people do: %s', (watch_seconds, name) => {
    expect(alertRiskTable({ ...sampleRamp, watch_seconds }).heads[0]).toBe(`Alert in ${name}`);
  });

  it('adds rates and percentiles of days when asked for all', () => {
    const all = rendered(sampleRamp, { ...plain, verbose: true });
    expect(all).toContain(`User-days  in breach       of  Rate  at most  P95  at most
amount             0  281,409    0%   0.028%   31       33`);
    const few = { ...sampleRamp, days: [{ ...sampleRamp.days[0]!, p95: { estimate: 31, upper: null } }] };
    expect(dayTable(few).rows[0]!.at(-1)).toBe('too few users');
  });

  it('stands in the report before what is green, and nowhere without one', () => {
    const text = renderTerminal({ ...passing, ramp: sampleRamp }, plain);
    expect(text.indexOf('Ramp, from')).toBeLessThan(text.indexOf('Suite  '));
    expect(text.indexOf('Ramp, from')).toBeGreaterThanOrEqual(0);
    expect(renderTerminal(passing, plain)).not.toContain('Ramp');
  });

  it('says of a sample without steps what its alerts stand on beside them, and answers nothing', () => {
    const text = renderTerminal({ ...passing, ramp: { ...sampleRamp, steps: [] } }, plain);
    expect(text).toMatch(/^Scaled up from [\s\S]*?\n\nAlert in 24 h/);
    expect(text).not.toMatch(/^(GO|OPEN|NO-GO| {6}next)/m);
  });

  it('says the same in colour as without, and each verdict in its own', () => {
    const report = { ...passing, ramp: sampleRamp };
    const colored = renderTerminal(report, { ...plain, color: true });
    expect(stripVTControlCharacters(colored)).toBe(renderTerminal(report, plain));
    for (const start of ['32mGO   ', '33mOPEN ', '31mNO-GO']) expect(colored).toContain(`\u001b[${start}`);
  });

  it('stays within the page and gives data no say over the terminal', () => {
    const evil = '\u001b[2Ja\u0007';
    const ramp = withStep({
      reasons: [{ code: evil, state: 'open', subject: evil, detail: evil.repeat(30) }],
    });
    const renamed = { ...ramp, alerts: ramp.alerts.map((one) => ({ ...one, alert: evil })) };
    for (const width of [60, 80]) {
      const text = rendered(renamed, { ...plain, width });
      expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
      expect(Math.max(...text.split('\n').map(displayWidth))).toBeLessThanOrEqual(width);
    }
  });

  it('says what no number of users settles, and what is not theirs to settle', () => {
    const reasons = [
      { code: 'simulated', state: 'open' as const, subject: 'simulated traffic', detail: 'no evidence' },
    ];
    expect(
      answerParagraphs(
        withStep({ more_clean_users: null, more_clean_user_days: null, sample_percent: null }),
      ),
    ).toEqual([
      'Not enough evidence for 50%: no number of clean users would settle it. Why: amount of a record (312 of 20,100 users): up to 1.1% of all users, 1% allowed.',
    ]);
    expect(answerParagraphs(withStep({ more_clean_users: 0, more_clean_user_days: 0, reasons }))).toEqual([
      'Not enough evidence for 50%. Why: simulated traffic: no evidence.',
    ]);
  });

  it('says once what is so of many', () => {
    const alike = ['a', 'b', 'c', 'd'].map((subject) => ({
      code: subject,
      state: 'open' as const,
      subject,
      detail: 'up to 2%',
    }));
    const others = ['v', 'w', 'x'].map((subject) => ({ ...alike[0]!, subject, detail: `of ${subject}` }));
    expect(answerParagraphs(withStep({ reasons: [...alike, ...others] }))[0]).toMatch(
      /Why: a, b, and 2 more: up to 2%; v: of v; w: of w; and 1 more\.$/,
    );
  });

  it('says of several steps once what holds for all of them, and apart what holds for some', () => {
    const alert = {
      code: 'alert/legacy/A',
      state: 'over' as const,
      subject: 'legacy/A',
      detail: 'a chance of 99% or more to fire, 5% allowed',
    };
    const breach = (share: string) => ({
      code: 'breach/record/amount',
      state: 'over' as const,
      subject: 'amount of a record',
      detail: `${share} of all users or more, 1% allowed`,
    });
    const no = { ...sampleRamp.steps[2]!, verdict: 'no-go' as const };
    const open = { ...breach('9%'), state: 'open' as const };
    const ramp = {
      ...sampleRamp,
      steps: [
        { ...no, percent: 10, reasons: [open, alert] },
        { ...no, percent: 50, reasons: [breach('1.1%'), alert] },
        { ...no, percent: 100, reasons: [breach('2.2%'), alert] },
      ],
    };
    expect(rampAnswers(ramp)).toEqual([
      {
        verdict: 'no-go',
        headlines: ['No-go for 10%, 50% and 100%'],
        why: [
          'alert legacy/A: a chance of 99% or more to fire, 5% allowed',
          'for 50% and 100%: amount of a record (312 of 20,100 users): 1.1% of all users or more, 1% allowed, at 50%',
        ],
      },
    ]);
  });

  it('names the field that most users meet a breach of first, and counts those with fewer', () => {
    const [record, day] = sampleRamp.breaches as [RampBreach, RampBreach];
    const worse = { ...day, users_in_breach: 400, share: { estimate: 0.02, lower: 0.018, upper: 0.03 } };
    const reason = (level: string, detail: string) => ({
      code: `breach/${level}/amount`,
      state: 'open' as const,
      subject: `amount of a ${level}`,
      detail,
    });
    const ramp = {
      ...withStep({ reasons: [reason('record', 'up to 1.1%'), reason('day', 'up to 1.5%')] }),
      breaches: [record, worse],
    };
    expect(rampAnswers(ramp)[0]!.why).toEqual([
      'amount of a day (400 of 20,100 users): up to 1.5%; and 1 more, with fewer users',
    ]);
    expect(breachTable(ramp).rows.map(([subject, , , , , , result]) => [subject, result])).toEqual([
      ['day amount', 'open at 50%'],
      ['record amount', 'open at 50%'],
    ]);
  });

  it('gives no result for a field that nothing is allowed or forbidden of, and says what is within', () => {
    const [record, day] = sampleRamp.breaches as [RampBreach, RampBreach];
    const ramp = {
      ...sampleRamp,
      breaches: [
        { ...record, limit: null },
        { ...day, users_in_breach: 1 },
      ],
    };
    expect(breachTable(ramp).rows.map((cells) => cells.slice(-2))).toEqual([
      ['-', '-'],
      ['1%', 'within'],
    ]);
  });

  it('answers in a phrase for the last line', () => {
    expect(answerPhrase(sampleRamp)).toBe(
      'go for 10%; not enough evidence: replay 16,842 more clean user-days for 50%; no-go for 100%',
    );
    const [, open] = sampleRamp.steps as [RampStep, RampStep];
    const steps = [
      { ...open, percent: 5, more_clean_user_days: 0 },
      open,
      { ...open, percent: 100, more_clean_user_days: 40_000 },
    ];
    expect(answerPhrase({ steps, breaches: [] })).toBe(
      'not enough evidence for 5%; not enough evidence: replay 16,842 more clean user-days for 50%, 40,000 for 100%',
    );
    expect(answerPhrase({ ...sampleRamp, steps: [] })).toBe('');
  });

  it('advises what to do about the answer', () => {
    const [go, open] = sampleRamp.steps as [RampStep, RampStep];
    const advice = (...steps: readonly RampStep[]) => rampAdvice({ ...sampleRamp, steps });
    expect(advice(go, { ...go, percent: 50 })).toBe(
      'ramp to 10%, watch it for 24 h and replay what it recorded before 50%',
    );
    expect(advice(go)).toBe('ramp to 10%, watch it for 24 h');
    expect(advice(go, open)).toBe('');
    expect(advice(go, { ...open, sample_percent: null })).toMatch(/^record more: /);
    expect(rampAdvice(sampleRamp)).toMatch(/^mend the cause and replay again; /);
    expect(rampAdvice({ ...sampleRamp, steps: [open], simulated: true })).toMatch(/^replay recordings of/);
    expect(rampAdvice({ ...sampleRamp, steps: [go], scope: 'part' })).toBe(
      'replay all of what was asked for',
    );
    expect(advice()).toBe('');
  });

  it('points at "rollout" only for what it governs', () => {
    const [, , no] = sampleRamp.steps as [RampStep, RampStep, RampStep];
    const over = (code: string) => ({ code, state: 'over' as const, subject: code, detail: '' });
    const advice = (...codes: string[]) =>
      rampAdvice({ ...sampleRamp, steps: [{ ...no, reasons: codes.map(over) }] });
    expect(advice('breach/day/amount', 'alert/legacy/A')).toContain('"rollout"');
    expect(advice('identity_changed')).toBe('mend the cause and replay again');
    expect(advice('breach/day/amount', 'skipped')).toMatch(/"limits" in the config/);
    const off = { ...over('nothing_ran/v2'), state: 'open' as const };
    expect(rampAdvice(withStep({ reasons: [off], sample_percent: null }))).toMatch(/^replay under flags/);
  });

  it('asks for no clean users where those seen are over the limit already, and says what is likelier', () => {
    const [record] = sampleRamp.breaches as [RampBreach];
    const ramp = {
      ...withStep({ more_clean_users: 1 }),
      breaches: [{ ...record, share: { ...record.share, estimate: 0.0201 } }],
    };
    expect(rampAnswers(ramp)[0]!.headlines).toEqual([
      'Not enough evidence for 50%: of those replayed more are in breach than allowed, so a no-go is likelier than a go; more evidence will tell',
    ]);
    expect(answerPhrase(ramp)).toBe('not enough evidence for 50%');
    expect(rampAnswers(withStep({ more_clean_users: 1 }))[0]!.headlines[0]).toContain('(1 user)');
  });

  it('names the causes of breaches with how many users they strike, the first three', () => {
    const cause = {
      ...{ id: 'c-1', kind: 'breach' as const, label: 'what was bent', count: 1486, expected: 0, suites: {} },
      ...{ stage: null, code: null, entry: null, factor: null, direction: null, size: null, fields: [] },
      ...{ subjects: [], look: 'npx golem explain a/b', remedy: '', users: 53 },
    };
    const causes = [cause, { ...cause, users: 1, count: 1 }, cause, cause, cause];
    const block = { kind: 'breach' as const, title: '', causes };
    const [text = ''] = renderAnswer({ ramp: sampleRamp }, [block], openPage(plain));
    expect(text.split('\n').filter((line) => line.startsWith('      cause'))).toEqual([
      '      cause     1,486 records and running days of 53 users: what was bent',
      '      cause     1 record or running day of 1 user: what was bent',
      '      cause     1,486 records and running days of 53 users: what was bent',
      '      cause     and 2 more, below',
    ]);
  });

  it('is the first thing and the last thing that is read, with the commands that lead on', () => {
    const next = [{ to: 'replay' as const, command: 'npm run replay -- a.ndjson --sample 11%' }];
    const lines = renderTerminal({ ...passing, ramp: sampleRamp, next }, plain)
      .trimEnd()
      .split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'GO    for 10%',
      'OPEN  Not enough evidence: replay 16,842 more clean user-days (1,203 users) for',
    ]);
    const command = '      replay    npm run replay -- a.ndjson --sample 11%';
    expect(lines.filter((line) => line === command)).toHaveLength(2);
    expect(lines.indexOf(command)).toBeLessThan(15);
    const end = lines.slice(lines.lastIndexOf(command) - 5);
    expect(end[0]).toBe('Go for 10%. Not enough evidence: replay 16,842 more clean user-days (1,203');
    expect(end.at(-2)).toBe('This run again: golem gate --seed 7');
  });

  it('tells that traffic is simulated, and steps of a shadow that is ramped too', () => {
    expect(rampBasis({ ...sampleRamp, simulated: true })).toMatch(
      /Simulated traffic .* never evidence for a go\.$/,
    );
    expect(rampBasis({ ...sampleRamp, steps: [], sampled: 1 })).toBe(
      'Scaled up from 20,112 users with 281,409 user-days over 14 days. Alerts speak of all of production; bounds hold at 95%.',
    );
    const alerts = sampleRamp.alerts.map((one) => ({ ...one, percent: 10 }));
    expect(alertRiskTable({ ...sampleRamp, alerts }).heads).toContain('Shadow');
  });

  it('tells a share apart from the limit that it is held against', () => {
    expect([0.01004, 0.0101, 0.02, 0.01].map((share) => percent(share, 0.01))).toEqual([
      '1.004%',
      '1.01%',
      '2%',
      '1%',
    ]);
  });

  it('never rounds something to nothing', () => {
    expect([0, 1e-9, 0.00005, 0.0123456, 0.5, 1].map(percent)).toEqual([
      '0%',
      '<0.01%',
      '<0.01%',
      '1.2%',
      '50%',
      '100%',
    ]);
  });
});

describe('a ramp in the job summary', () => {
  it('has the same figures as tables', () => {
    const text = renderSummary({ ...passing, ramp: sampleRamp });
    expect(text).toContain('### Ramp\n');
    expect(text).toContain('| 50% | 100,510 | 5,061,200 | 1,406,900 | 1,490 | 1,844 | not enough evidence |');
    expect(text).toContain('| legacy/AmountBreachBurst | 62% | 81% | drawn | over |');
    expect(text).toContain('replay 16,842 more clean user-days');
    expect(renderSummary(passing)).not.toContain('Ramp');
  });
});
