/**
 * Rule unit tests as a person reads them and as a build server does: what failed first, with what was wanted beside
 * what came. Apart from the gate's report because these tests know no suites and no replays.
 */
import type { TestResult, UnitTestReport } from '../alerts/unit-test.ts';
import { parseGoFloat } from '../promql/go-text.ts';
import { differAtMostInLastBit } from '../promql/last-bit.ts';
import { renderJunit } from './junit.ts';
import { indent, INDENT, labelled, openPage, type Page, type PageOptions } from './page.ts';
import type { Row } from './shape.ts';

export interface RuleTestsReport extends UnitTestReport {
  /** Patterns of rule files that match no file. */
  readonly unmatched: readonly { readonly file: string; readonly pattern: string }[];
  readonly summary: string;
}

type Shown = TestResult['got'][number];

/** Renders the tests that failed (all of them where the page is verbose); the last line is the summary. */
export function renderRuleTests(report: RuleTestsReport, options: PageOptions): string {
  const page = openPage(options);
  const shown = page.verbose ? report.tests : report.tests.filter(({ passed }) => !passed);
  const sections = [
    ...report.unmatched.map(({ file, pattern }) => `WARN  ${file}: no file matches ${pattern}`),
    ...(report.tests.length === 0 && report.errors.length === 0
      ? ['WARN  nothing is expected, so nothing was tested']
      : []),
    ...report.errors.map(
      ({ file, group, error }) => `${page.chalk.red('FAIL')}  ${file}, ${group}: ${error}`,
    ),
    ...shown.map((test) => renderTest(test, page)),
    ...(report.untested.length === 0
      ? []
      : [indent(`Untested alerts: ${report.untested.join(', ')}`, page, 0)]),
    (report.tests.every(({ passed }) => passed) ? page.chalk.green : page.chalk.red)(report.summary),
  ];
  return `${sections.join('\n\n')}\n`;
}

function renderTest(test: TestResult, page: Page): string {
  const mark = test.passed ? page.chalk.green('PASS') : page.chalk.red('FAIL');
  const title = indent(`${test.file}, ${test.group}: ${nameOf(test)}`, page, INDENT).trimStart();
  const lines = [`${mark}  ${page.chalk.bold(title)}`];
  if (!test.passed) {
    lines.push(labelled('expected', describe(test.expected), page));
    lines.push(
      test.error === null ? labelled('got', describe(test.got), page) : labelled('error', test.error, page),
    );
    const note = noteOn(test);
    if (note !== null) lines.push(labelled('note', note, page));
  }
  return lines.join('\n');
}

/** Why a test failed whose two sides read alike; null where they do not. */
function noteOn({ error, expected, got }: TestResult): string | null {
  if (error !== null || expected.length !== got.length) return null;
  const read = ({ value }: Shown): number => parseGoFloat(value ?? '') ?? 0;
  const pairs = expected.map((wanted, at) => [read(wanted), read(got[at]!)] as const);
  const unequal = pairs.filter(([wanted, came]) => wanted !== came);
  if (unequal.length === 0) return null;
  if (unequal.every(([wanted, came]) => Number.isNaN(wanted) && Number.isNaN(came)))
    return 'NaN equals nothing, as in promtool; an expression such as x != x tells it';
  return unequal.every(([wanted, came]) => differAtMostInLastBit(wanted, came))
    ? 'equal but for the last bit; fuzzy_compare: true in the file lets that pass'
    : null;
}

const nameOf = (test: TestResult): string =>
  `${'expr' in test ? test.expr : test.alertname} at ${duration(test.eval_time_seconds)}`;

/** Seconds as `1h2m3s`. */
function duration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [Math.round((seconds % 60) * 1000) / 1000, 's'],
  ] as const;
  return parts.flatMap(([count, unit]) => (count > 0 ? [`${count}${unit}`] : [])).join('') || '0s';
}

function describe(samples: readonly Shown[]): string {
  return samples.length === 0 ? 'nothing' : samples.map(describeOne).join('; ');
}

function describeOne({ labels, value, annotations }: Shown): string {
  const pairs = (record: Readonly<Record<string, string>>): string =>
    `{${Object.entries(record)
      .map(([name, text]) => `${name}=${JSON.stringify(text)}`)
      .join(', ')}}`;
  if (annotations === undefined) return `${pairs(labels)} ${value}`;
  return Object.keys(annotations).length === 0
    ? pairs(labels)
    : `${pairs(labels)} with ${pairs(annotations)}`;
}

/** The tests as JUnit XML, a unit-test file a test suite. */
export function renderRuleTestsJunit(tests: readonly TestResult[], summary: string): string {
  const rows = tests.map(
    (test, index): Row => ({
      suite: test.file,
      check: `${test.group}: ${nameOf(test)} (#${index + 1})`,
      expected: describe(test.expected),
      actual: test.error ?? describe(test.got),
      of: '1 test',
      passed: test.passed,
      finding: 'rule_test',
      remedy: test.passed ? '' : `golem alerts test ${test.file}`,
    }),
  );
  return renderJunit({ rows, findings: [], suites: [], summary });
}
