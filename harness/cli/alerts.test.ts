import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeShell } from '../../tests/cli/fake-shell.ts';
import { GolemError } from '../errors.ts';
import { runCommandLine } from './program.ts';

const root = join(import.meta.dirname, '../..');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'golem-alerts-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs `golem alerts …` as a person would, in the repository or elsewhere. */
async function alerts(args: readonly string[], cwd = root) {
  const shell = fakeShell({ args: ['alerts', ...args], cwd });
  const exit = await runCommandLine(shell);
  return { exit, out: shell.out(), err: shell.err() };
}

async function refusal(args: readonly string[], cwd = root): Promise<GolemError> {
  const error = await alerts(args, cwd).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(GolemError);
  return error as GolemError;
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const RULES = (expr: string) => `groups:
  - name: g
    rules:
      - alert: A
        expr: ${expr}
        for: 1m
`;

describe('golem alerts check', () => {
  it('counts what it took', async () => {
    const { exit, out } = await alerts(['check', 'observability/prometheus/shadow-diff-alerts.yml']);
    expect(out).toBe(
      'PASS  observability/prometheus/shadow-diff-alerts.yml: 5 alerts, 0 recording rules\n' +
        'golem: pass · 1 file, 5 alerts, 0 recording rules, held against 10 metrics\n',
    );
    expect(exit).toBe(0);
  });

  it('refuses what is no text, with the line', async () => {
    const path = join(folder, 'latin.yml');
    await writeFile(path, Buffer.from('\ngroups:\n  - name: caf\xe9\n', 'latin1'));
    const error = await refusal(['check', path]);
    expect(error.message).toBe(`${path}:3: Failed to read the rule file "${path}": the line is not UTF-8.`);
    expect((await refusal(['check', folder])).message).toContain('it is a folder');
    expect((await refusal(['check', join(folder, 'gone.yml')])).exit).toBe(65);
  });

  it('tells every fault of all files at once, each with its place, and ends with 65', async () => {
    const one = await file('one.yml', RULES('rate(a)').replace('for: 1m', 'for: soon'));
    const two = await file('two.yml', `${RULES('up > 1')}      - alert: B\n        exper: up\n`);
    const error = await refusal(['check', one, two]);
    expect(error.exit).toBe(65);
    expect(error.message).toContain(`${one}:5:`);
    expect(error.message).toContain(`${one}:6:14: not a valid duration string: "soon"`);
    expect(error.message).toContain(`${two}:8:9: unknown key "exper" in a rule`);
  });

  it('refuses metrics that the migration does not emit, and recording rules in a circle', async () => {
    const misspelt = await file('misspelt.yml', RULES('rate(meal_log_shadow_diff_breech_total[5m]) > 0'));
    expect((await refusal(['check', misspelt])).message).toBe(
      `${misspelt}:5:20: Failed to use the rule files "${misspelt}": rule "A": no metric "meal_log_shadow_diff_breech_total" is emitted or recorded.`,
    );
    const circle = await file(
      'circle.yml',
      'groups: [{name: g, rules: [{record: a, expr: b}, {record: b, expr: a}]}]',
    );
    expect((await refusal(['check', circle])).message).toContain('recording rule "a" reads its own result');
  });

  it('without a config says that no metrics were at hand', async () => {
    const rules = await file('up.yml', RULES('anything > 1'));
    const { exit, out } = await alerts(['check', rules], folder);
    expect(out).toContain('1 file, 1 alert, 0 recording rules, no config, so not held against any metrics\n');
    expect(exit).toBe(0);
  });
});

describe('golem alerts run', () => {
  it('is quiet where nothing is wrong, and says how near each alert came', async () => {
    const { exit, out } = await alerts(['run', 'must-fail/alert-burst', '--rules', 'legacy', '--verbose']);
    // Healthy code: the recording alone raises nothing.
    expect(out).toContain('ShadowDiffBreachBurst         quiet');
    expect(out).toContain(
      'golem: alerts · 30 records, 5 rules, 0 fire, 0 only pending, 0 notifications, 0 rules fail\n',
    );
    expect(exit).toBe(0);
  });

  it('shows rule sets side by side, and gives the same as JSON', async () => {
    const { out, err } = await alerts(['run', 'alerts-just-below', '--json', '-']);
    const json = JSON.parse(out);
    const energy = json.timeline.filter(
      (one: { alert: string }) => one.alert === 'ShadowDiffDailyEnergyP95High',
    );
    const brief = ({ at, ruleset, from, to, value }: Record<string, unknown>) => [
      at,
      ruleset,
      from,
      to,
      value,
    ];
    expect(energy.slice(0, 3).map(brief)).toEqual([
      ['2025-09-01T03:31:00Z', 'proposed', null, 'pending', expect.any(Number)],
      ['2025-09-01T03:46:00Z', 'proposed', 'pending', 'firing', expect.any(Number)],
      ['2025-09-01T04:30:00Z', 'proposed', 'firing', 'inactive', expect.any(Number)],
    ]);
    expect(
      json.notifications.map(({ at, receiver, group }: Record<string, never>) => [at, receiver, group]),
    ).toContainEqual([
      '2025-09-01T03:46:30Z',
      'team-channel',
      { alertname: 'ShadowDiffDailyEnergyP95High', env: 'prod' },
    ]);
    expect(json.alerts).toContainEqual(
      expect.objectContaining({
        ruleset: 'legacy',
        alert: 'ShadowDiffDailyEnergyP95High',
        peak: 78,
        threshold: 80,
      }),
    );
    expect(err).toContain(
      'Timeline, proposed\n2025-09-01T03:46:00Z  firing    ShadowDiffDailyEnergyP95High (prod) at 77.5\n',
    );
    expect(
      Math.max(
        ...err
          .split('\n')
          .slice(0, -2)
          .map(({ length }) => length),
      ),
    ).toBeLessThanOrEqual(80);
  });

  it('takes rule files by path, and a restart that resets every counter', async () => {
    const rules = await file(
      'resets.yml',
      RULES('resets(meal_log_idempotency_total[1h]) > 0 or absent(meal_log_idempotency_total)'),
    );
    const run = async (...more: string[]) =>
      (await alerts(['run', 'alerts-just-below', '--rules', rules, ...more])).out;
    expect(await run()).not.toContain('2025-09-01T06');
    // Unborn from the restart to the first write after it, and unlike before in the hour that follows.
    expect(await run('--restart', '2025-09-01T06:02:30Z')).toContain('2025-09-01T06:05:00Z  firing');
  });

  it('warns where rules watch another environment than the recording’s', async () => {
    const recording = await readFile(join(root, 'fixtures/alerts-just-below/recording.ndjson'), 'utf8');
    const staged = await file('stg.ndjson', recording.replace('"env":"prod"', '"env":"stg"'));
    const rules = await file(
      'both.yml',
      `${RULES('meal_log_shadow_diff_abs_count{env="prod"} > 1')}      - {alert: B, expr: meal_log_idempotency_total > 1}\n`,
    );
    const { out } = await alerts(['run', staged, '--rules', rules]);
    expect(out.replace(/\s+/g, ' ')).toContain(
      `WARN watch other environments than stg and can see nothing here: ${rules}/A golem: alerts`,
    );
    expect((await alerts(['run', 'alerts-just-below', '--rules', rules])).out).not.toContain('WARN');
  });

  it('takes a rule set named twice for one, and reads rules before it replays', async () => {
    const once = await alerts(['run', 'alerts-just-below', '--rules', 'proposed']);
    expect((await alerts(['run', 'alerts-just-below', '--rules', 'proposed, proposed'])).out).toBe(once.out);
    const broken = await file('broken.yml', RULES('rate(a)'));
    for (const command of ['run', 'audit'])
      expect((await refusal([command, 'gone.ndjson', '--rules', broken])).message).toContain(
        'broken.yml:5:20',
      );
    const query = ['query', 'a', '--recording', 'gone.ndjson', '--rules', broken];
    expect((await refusal(query)).message).toContain('broken.yml:5:20');
  });

  it('fails where a rule cannot be evaluated', async () => {
    const rules = await file(
      'join.yml',
      RULES('meal_log_shadow_diff_abs_count > on (env) meal_log_shadow_diff_rel_count'),
    );
    const { exit, out } = await alerts(['run', 'alerts-just-below', '--rules', rules]);
    expect(out).toMatch(/^FAIL {2}.*join\.yml\/A from 2025-08-31T21:\d\d:00Z: .*many-to-many/);
    expect(exit).toBe(1);
  });

  it.each([
    [
      ['run', 'everyday', '--rules', 'lagacy'],
      'there is no such file, and the config has the rule sets legacy, proposed',
    ],
    [
      ['run', 'everyday', '--scrape-interval', 'often'],
      'Failed to read "--scrape-interval often": expected a duration',
    ],
    [
      ['run', 'everyday', '--restart', 'noon'],
      'Failed to read "--restart noon": expected a time such as 2025-09-01T03:00:00Z',
    ],
  ])('refuses %j', async (args, message) => {
    const error = await refusal(args);
    expect(error.message).toContain(message);
    expect(error.exit).toBe(64);
  });
});

describe('golem alerts query', () => {
  it('asks a replay at a time, over a range and in the shape of the HTTP API', async () => {
    const ask = (...args: string[]) =>
      alerts(['query', 'sum by (status) (meal_log_idempotency_total)', '--recording', 'everyday', ...args]);
    expect((await ask()).out).toMatch(
      /^Series +Time +Value\n\{status="new"\} +2025-09-11T16:00:\d\dZ +310\n$/,
    );
    const { out } = await ask(
      '--from',
      '2025-09-01T00:00:00Z',
      '--to',
      '2025-09-01T02:00:00Z',
      '--step',
      '1h',
      '--json',
    );
    const { data, status } = JSON.parse(out);
    expect([status, data.resultType, data.result[0].metric]).toEqual([
      'success',
      'matrix',
      { status: 'new' },
    ]);
    expect(data.result[0].values.map(([seconds]: [number]) => seconds)).toEqual([
      1756684800, 1756688400, 1756692000,
    ]);
  });

  it("asks series in promtool's notation", async () => {
    const series = await file('series.yml', "input_series: [{series: 'a{b=\"c\"}', values: '0+10x10'}]\n");
    const ask = async (...args: string[]) =>
      (await alerts(['query', 'rate(a[5m])', '--series', series, ...args], folder)).out;
    expect(await ask('--at', '5m')).toBe(
      'Series   Time                Value\n{b="c"}  300s  0.16666666666666666\n',
    );
    expect(await ask('--from', '0s', '--to', '10m', '--step', '5m')).toMatch(/ 300s .*\n.* 600s /);
    expect(await ask('--at', '0')).toBe('No series.\n');
  });

  it('shows the head of a long answer and says how to have the rest', async () => {
    await file('long.txt', 'load 1s\na 0+1x2500');
    const { out } = await alerts(['query', 'a[1h]', '--series', 'long.txt'], folder);
    expect(out).toMatch(/\n… 1,501 more lines; --json gives them all\.\n$/);
    expect(out.split('\n')).toHaveLength(1 + 1_000 + 2);
    const { data } = JSON.parse(
      (await alerts(['query', 'a[1h]', '--series', 'long.txt', '--json'], folder)).out,
    );
    expect(data.result[0].values).toHaveLength(2_501);
    const error = await refusal(['query', 'a[1y:1ms]', '--series', 'long.txt'], folder);
    expect(error.message).toContain('would load too many samples');
    expect(error.exit).toBe(65);
  });

  describe('through rules', () => {
    const RECORDED = `groups:
  - name: g
    interval: 2m
    rules:
      - {record: 'a:half', expr: 'a / 2'}
      - {record: 'a:half:tripled', expr: 'a:half * 3'}
      - {alert: A, expr: 'a > 45', for: 2m}
      - {record: broken, expr: 'a + on () (a or label_replace(vector(1), "i", "x", "", ""))'}
`;
    const ask = async (expr: string, ...args: string[]) => {
      await file('recorded.yml', RECORDED);
      await file('series.txt', 'a 0+10x10');
      return alerts(['query', expr, '--series', 'series.txt', '--rules', 'recorded.yml', ...args], folder);
    };
    const values = async (expr: string, ...args: string[]): Promise<unknown> => {
      const { out } = await ask(expr, '--from', '3m', '--to', '9m', '--json', ...args);
      return JSON.parse(out).data.result.map(({ values }: { values: unknown }) => values);
    };

    it('reads what rules recorded of each other, at each group’s own interval', async () => {
      expect(await values('a:half:tripled', '--step', '3m')).toEqual([
        [
          [180, '30'],
          [360, '90'],
          [540, '120'],
        ],
      ]);
      expect(await values('timestamp(a:half)', '--step', '3m')).toEqual([
        [
          [180, '120'],
          [360, '360'],
          [540, '480'],
        ],
      ]);
    });

    it('reads the alerts’ own series, pending and firing', async () => {
      expect((await ask('ALERTS{alertname="A"}', '--at', '7m')).out).toContain('alertstate="pending"');
      expect((await ask('ALERTS{alertname="A"}', '--at', '8m')).out).toContain('alertstate="firing"');
      expect((await ask('ALERTS', '--at', '5m')).out).toBe('No series.\n');
    });

    it('takes a rule that fails for bad data, and only where it is asked for', async () => {
      expect((await ask('a:half', '--at', '4m')).out).toMatch(/ 20\n$/);
      await expect(ask('broken')).rejects.toThrow(
        /^Failed to evaluate the rule "broken": .*duplicate.*recorded\.yml:8:9, at 1970-01-01T00:00:00\.000Z/,
      );
    });

    it('of a config’s rule sets reads alerts of one, chosen by name', async () => {
      const recording = ['--recording', 'noisy', '--at', '2025-08-31T22:00:00Z'];
      const firing = await alerts(['query', 'count(ALERTS)', ...recording, '--rules', 'legacy']);
      expect(firing.out).toMatch(/\{\} .* 1\n$/);
      const error = await refusal(['query', 'ALERTS', ...recording]);
      expect(error.message).toContain('choose one with --rules legacy');
      expect(error.exit).toBe(64);
      const recorded = 'env_field:meal_log_shadow_daily_diff_rel:p95_1h';
      const rules = 'observability/prometheus/shadow-diff-recording-rules.yml';
      expect((await alerts(['query', recorded, ...recording, '--rules', rules])).out).toContain(
        'field="rel_f"',
      );
      expect((await alerts(['query', recorded, ...recording])).out).toBe(
        `No series.\nNone is called ${recorded}. Rules that record it are named with --rules.\n`,
      );
    });
  });

  it.each([
    [['a', '--rules', 'x.yml,'], 'Failed to read "--rules x.yml,": expected names of rule sets or files', 64],
    [['a', '--from', '5m', '--to', '1m'], '--to is before --from', 64],
    [
      ['a', '--from', '0s', '--to', '1h', '--step', '300ms'],
      'it would have 12,001 points, at most 11,000',
      64,
    ],
    [['a', '--rules', 'gone.yml'], 'Failed to use the rules "gone.yml": there is no such file.', 64],
    [['rate(a'], 'expression:1:7: Failed to read the expression "rate(a": ', 65],
    [['a + on () a'], 'Failed to evaluate "a + on () a": ', 65],
    [['a', '--step', '1m'], '--step needs --from or --to', 64],
    [['a', '--at', '5m', '--to', '6m'], '--at excludes --from and --to', 64],
    [['a', '--recording', 'x'], '--recording and --series exclude each other', 64],
    [['a', '--at', 'noon'], 'Failed to read "--at noon": expected a time', 64],
  ])('refuses %j', async (args, message, exit) => {
    const series = await file('two.txt', 'a{b="c"} 1 2\na{b="d"} 1 2\n');
    const error = await refusal(['query', ...args, '--series', series], folder);
    expect(error.message).toContain(message);
    expect(error.exit).toBe(exit);
  });
});

describe('golem alerts test', () => {
  const unitTest = (minute: number) => `rule_files: [rules.yml]
tests:
  - interval: 1m
    input_series: [{series: up, values: '0 2x9'}]
    alert_rule_test: [{eval_time: ${minute}m, alertname: A, exp_alerts: [{}]}]
    promql_expr_test: [{expr: up * 2, eval_time: 1m, exp_samples: [{labels: '{}', value: 4}]}]
`;

  it('passes, with JSON in the fixed shape alone on standard output', async () => {
    await file('rules.yml', RULES('up > 1'));
    const test = await file('a.test.yml', unitTest(2));
    const { exit, out, err } = await alerts(['test', test, '--json', '-'], folder);
    expect(JSON.parse(out)).toEqual({
      tests: [
        {
          file: test,
          group: '#1',
          alertname: 'A',
          eval_time_seconds: 120,
          expected: [{ labels: { alertname: 'A' }, annotations: {} }],
          got: [{ labels: { alertname: 'A' }, value: '2', annotations: {} }],
          error: null,
          passed: true,
        },
        {
          file: test,
          group: '#1',
          expr: 'up * 2',
          eval_time_seconds: 60,
          expected: [{ labels: {}, value: '4' }],
          got: [{ labels: {}, value: '4' }],
          error: null,
          passed: true,
        },
      ],
    });
    expect(err).toBe('golem: pass · 1 file, 2 tests, 0 failed, 0 alerts untested\n');
    expect(exit).toBe(0);
  });

  it('fails with what was wanted beside what came, and names alerts that no test covers', async () => {
    await file('rules.yml', `${RULES('up > 1')}      - {alert: B, expr: up > 2}\n`);
    const test = await file('b.test.yml', unitTest(1));
    const junit = join(folder, 'junit.xml');
    const { exit, out } = await alerts(['test', test, '--junit', junit], folder);
    expect(out).toContain('A at 1m\n      expected  {alertname="A"}\n      got       nothing\n');
    expect(out).toContain('\nUntested alerts: B\n');
    expect(out).toContain('golem: fail · 1 file, 2 tests, 1 failed, 1 alert untested\n');
    expect(await readFile(junit, 'utf8')).toContain('<testsuites name="golem" tests="2" failures="1"');
    expect(exit).toBe(1);
  });

  it("follows 2.x's closed windows when asked to", async () => {
    const test = await file(
      'closed.test.yml',
      "tests: [{interval: 1m, input_series: [{series: a, values: '1 2 3'}], promql_expr_test: [{expr: 'count_over_time(a[1m])', eval_time: 2m, exp_samples: [{labels: '{}', value: 2}]}]}]",
    );
    expect((await alerts(['test', test, '--prometheus', '2'], folder)).exit).toBe(0);
    expect((await alerts(['test', test], folder)).exit).toBe(1);
  });

  it('refuses a file that cannot be read with 65 and its places', async () => {
    const test = await file('bad.test.yml', 'tests: [{interval: often, input_serie: []}]');
    const error = await refusal(['test', test], folder);
    expect(error.exit).toBe(65);
    expect(error.message).toContain(`${test}:1:20: not a valid duration string: "often"`);
    expect(error.message).toContain(`${test}:1:27: unknown key "input_serie"`);
  });
});

describe('golem alerts audit', () => {
  it('reports on everyday the five thresholds that lie inside a bucket, with figures', async () => {
    const { exit, out } = await alerts(['audit', 'everyday', '--json', '-']);
    const { rules } = JSON.parse(out) as {
      rules: { ruleset: string; threshold: number; bucket: { kind: string } | null }[];
    };
    const placed = rules.flatMap(({ ruleset, threshold, bucket }) =>
      bucket ? [[ruleset, threshold, bucket.kind]] : [],
    );
    expect(placed).toEqual([
      ['legacy', 80, 'edge'],
      ['legacy', 15, 'inside'],
      ['legacy', 0.18, 'inside'],
      ['proposed', 55, 'inside'],
      ['proposed', 12, 'inside'],
      ['proposed', 0.12, 'inside'],
    ]);
    expect(rules[1]?.bucket).toBeNull();
    expect(rules[3]!.bucket).toEqual({
      kind: 'inside',
      lower: 10,
      upper: 20,
      low_reads_high: { truth: 10.1, reading: 19.5 },
      high_reads_low: { truth: 19.9, reading: 10.5, observations: 19 },
      mend: 15,
    });
    expect(exit).toBe(0);
  });

  it('says it in words, within 80 columns', async () => {
    const { out } = await alerts(['audit', 'alerts-just-below', '--rules', 'legacy']);
    expect(out).toContain(
      'threshold_in_bucket: 0.18 lies inside the bucket (0.1, 0.2], where a true\n      0.101 can read 0.195',
    );
    expect(out).toContain('2 series, which hide 2\n      of 6 increments from it\n');
    expect(out).toMatch(/prod rel_f +4\.105 +5\n/);
    expect(out).toMatch(/Peak of +Read +Exact +Bucket +n +Mended\n/);
    expect(
      Math.max(
        ...out
          .split('\n')
          .slice(0, -2)
          .map(({ length }) => length),
      ),
    ).toBeLessThanOrEqual(80);
  });
});
