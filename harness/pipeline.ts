/**
 * The gate on one screen: recordings go in, each suite is replayed under each setting, its outcomes are compared with
 * golden and with each other, and one report comes out. With its neighbours in `run/` the only code that knows every
 * stage.
 */
import { countRules, emulateReplay, readAlertPlan } from './alerts/rule-sets.ts';
import type { GolemConfig } from './config.ts';
import { alertReports, judgesAlerts } from './gate/alert-checks.ts';
import { checkConfig, checkSuites, judgeSuite, limitsOf, mustFailRow, unclaimedRow } from './gate/judge.ts';
import { checkLedger } from './gate/ledger-checks.ts';
import { countOf, formatNumber } from './gate/rows.ts';
import type { SuiteRun } from './gate/suite-run.ts';
import type { StoreChoice } from './migration.ts';
import { shellQuote } from './recording/look.ts';
import { assembleReport, suiteReport } from './report/assemble.ts';
import { expectedReport } from './report/cause-report.ts';
import type { AlertReport, ExpectedReport, Finding, Report, Row, SuiteReport } from './report/shape.ts';
import { CauseGathering, type ExpectedInSuite } from './run/causes.ts';
import { CoverageGathering } from './run/coverage-gathering.ts';
import { compareWithGolden, unclaimedGolden } from './run/outcomes.ts';
import { checkPrivacy } from './run/privacy.ts';
import { scrapesBy } from './run/setting.ts';
import { sightRows } from './run/sight.ts';
import { openStores, recordedSuites, replaySuite } from './run/suite.ts';
import { Tally } from './tally/tally.ts';

export interface GateOptions {
  readonly config: GolemConfig;
  /** Folder of the config file. */
  readonly root: string;
  /** Suites to run; all of the config's when empty. */
  readonly suites: readonly string[];
  readonly store: StoreChoice;
  readonly seed: string;
  /** True in continuous integration: nothing is written. */
  readonly ci: boolean;
  /** The day by which expected differences run out, YYYY-MM-DD. */
  readonly today: string;
  readonly progress: (line: string) => void;
}

/** `golem gate`: the suites of the config against their limits and golden files. */
export async function runGate(options: GateOptions): Promise<Report> {
  const { config, root } = options;
  const all = options.suites.length === 0;
  const suites = config.suites.filter(({ name }) => all || options.suites.includes(name));
  const names = suites.map(({ name }) => name);
  const recorded = recordedSuites(config, root).filter((name) => all || names.includes(name));
  const rows: Row[] = [...(all ? checkConfig(config) : []), ...checkSuites(names, recorded)];
  const privacy = await checkPrivacy(config, root, recorded);
  rows.push(privacy.row);
  const findings: Finding[] = [...privacy.findings];
  const alerts: AlertReport[] = [];
  const reports: SuiteReport[] = [];
  const plan = config.alerts ? readAlertPlan(config.alerts, root) : null;
  const gathering = new CauseGathering(config, root, options.today);
  const entries: ExpectedReport[] = [];
  const coverage = new CoverageGathering(config, root);
  const merged = new Tally(config.migration);
  const counts = { records: 0, perSetting: 0, golden: 0, redAsTheyMust: 0 };
  const stores = openStores(options);
  try {
    for (const suite of suites) {
      if (!recorded.includes(suite.name)) continue;
      options.progress(`replaying ${suite.name}`);
      const run = await replaySuite(options, stores, suite, judgesAlerts(suite) ? plan : null);
      const golden = compareWithGolden(options, run);
      const emulated = plan && emulateReplay(plan, scrapesBy([run.base]), config.migration);
      const expected = gathering.add(run, golden);
      const limits = limitsOf(suite, config.limits);
      const judgement = judgeSuite(run, golden, limits, config.migration, emulated, expected.base);
      if (emulated) alerts.push(...alertReports(suite, emulated));
      if (suite.must_fail === undefined) {
        rows.push(
          ...judgement.rows,
          ...sightRows(suite.name, [run.base], plan),
          ...(await coverage.add(run)),
        );
        findings.push(...judgement.findings);
        counts.perSetting += run.base.tally.records;
        counts.records += run.base.tally.records + (run.full?.tally.records ?? 0);
        counts.golden += golden?.matched ?? 0;
        merged.merge(run.base.tally);
      } else {
        const row = mustFailRow(suite, judgement);
        rows.push(row);
        counts.redAsTheyMust += row.passed ? 1 : 0;
      }
      reports.push(...suiteReports(config, run, expected));
    }
    const ledger = gathering.ledgerUse(suites);
    if (ledger) {
      const checked = checkLedger(ledger.file, ledger.use);
      rows.push(...checked.rows);
      findings.push(...checked.findings);
      entries.push(...ledger.use.map(expectedReport));
    }
    if (all) {
      const unclaimed = unclaimedGolden(options);
      rows.push(unclaimedRow(unclaimed), ...coverage.rows());
      findings.push(...unclaimed);
    }
  } finally {
    await stores.close();
  }
  const settings = counts.perSetting === 0 ? 0 : counts.records / counts.perSetting;
  const red = rows.filter((row) => !row.passed).length;
  return assembleReport({
    migration: config.migration,
    tally: merged,
    records: counts.records,
    suites: reports,
    suiteCount: suites.length,
    rows,
    findings,
    alerts,
    causes: gathering.causes(),
    expected: gathering.expected,
    ledger: entries,
    goldenMatched: counts.golden,
    flags: config.settings.base,
    seed: options.seed,
    summary: (verdict) =>
      `golem: ${verdict} · ${countOf(counts.records, 'record')} (${formatNumber(counts.perSetting)} × ` +
      `${settings} settings), ${countOf(merged.userDays, 'user-day')}, ${countOf(counts.golden, 'golden file')}, ` +
      `${plan ? `${countRules(plan)} rules, ` : ''}` +
      `${countOf(counts.redAsTheyMust, 'suite')} red as they must be, ` +
      `${gathering.expectedCount > 0 ? `${formatNumber(gathering.expectedCount)} breaches expected, ` : ''}` +
      `${red} of ${rows.length} checks red`,
    reproduce: gateCommand(options),
  });
}

/** The command that repeats a gate; a seed of the caller's own is part of it, since ids are made from it. */
function gateCommand({ config, suites, seed }: GateOptions): string {
  const given = [...suites, ...(seed === config.seed ? [] : ['--seed', shellQuote(seed)])];
  return ['npm run test:golem', ...(given.length === 0 ? [] : ['--', ...given])].join(' ');
}

function suiteReports(config: GolemConfig, run: SuiteRun, expected: ExpectedInSuite): SuiteReport[] {
  return [run.base, run.full].flatMap((setting) =>
    setting
      ? suiteReport({
          suite: run.suite.name,
          setting: setting.setting,
          mustFail: run.suite.must_fail ?? null,
          tally: setting.tally,
          expected: (setting === run.base ? expected.base : expected.full) ?? undefined,
          migration: config.migration,
        })
      : [],
  );
}
