/**
 * Gathers, suite by suite, what causes are found from, and holds every breach against the ledger on the way. A file of
 * its own so that the gate's screen stays one.
 */
import type { GolemConfig, Suite } from '../config.ts';
import { BreachCauses, type BreachCounts } from '../diff/breach-causes.ts';
import { causesOfGolden, type GoldenCase } from '../diff/golden-causes.ts';
import type { GoldenVerdict } from '../gate/judge.ts';
import { breachName, type ExpectedBreaches } from '../gate/limit-checks.ts';
import type { SettingRun, SuiteRun } from '../gate/suite-run.ts';
import { type EntryUse, expectation, ledgerUse } from '../ledger/coverage.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readLedgerFile } from '../ledger/read-file.ts';
import { breachCauseReport, goldenCauseReport } from '../report/cause-report.ts';
import type { CauseReport } from '../report/shape.ts';
import { goldenCases, tracedCases } from './golden-cases.ts';

/** Breaches of one suite that the ledger expects, by setting; null where there is none to ask. */
export interface ExpectedInSuite {
  readonly base: ExpectedBreaches | null;
  readonly full: ExpectedBreaches | null;
}

export class CauseGathering {
  readonly #config: GolemConfig;
  readonly #ledger: { readonly ledger: Ledger; readonly today: string } | null;
  readonly #breaches: BreachCauses;
  readonly #cases: GoldenCase[] = [];

  /** Reads the config's ledger below `root`, where it has one. `today` is YYYY-MM-DD. */
  constructor(config: GolemConfig, root: string, today: string) {
    this.#config = config;
    const { ledger, migration } = config;
    this.#ledger = ledger === undefined ? null : { ledger: readLedgerFile(ledger, root, migration), today };
    this.#breaches = new BreachCauses(migration);
  }

  /**
   * Takes a suite's run in; returns the breaches that the ledger expects of it, under base and full. Suites that must
   * fail have no ledger and no causes: their breaches are what they are there for.
   */
  add(run: SuiteRun, golden: GoldenVerdict | null): ExpectedInSuite {
    if (run.suite.must_fail !== undefined) return { base: null, full: null };
    const { name } = run.suite;
    const base = this.#count(name, run.base);
    this.#breaches.merge(base.counts);
    if (golden) this.#cases.push(...goldenCases(name, tracedCases(this.#config, run), golden.changed));
    const full = this.#ledger && run.full ? this.#count(name, run.full) : null;
    return {
      base: { ...base.counts.expected, names: base.names },
      full: full?.counts.expected ?? null,
    };
  }

  #count(suite: string, run: SettingRun): { readonly counts: BreachCounts; readonly names: Set<string> } {
    const names = new Set<string>();
    const covers = this.#ledger ? expectation(this.#ledger.ledger, this.#ledger.today) : () => [];
    const breaches = new BreachCauses(this.#config.migration, (breach) => {
      const entries = covers(breach);
      const { level, field, user, record } = breach;
      if (entries.length > 0) names.add(breachName(`breach/${level}/${field}`, user, record));
      return entries;
    });
    for (const replayed of run.replayed) breaches.onReplayed(suite, replayed);
    return { counts: breaches.counts(), names };
  }

  /** Breaches that the ledger expects, by level and field, over all suites. */
  get expected(): BreachCounts['expected'] {
    return this.#breaches.expected;
  }

  /** How many breaches that is in all. */
  get expectedCount(): number {
    return [...this.expected.record, ...this.expected.day].reduce((sum, count) => sum + count, 0);
  }

  /** Causes of changed outcomes, then of breaches. */
  causes(): readonly CauseReport[] {
    const golden = causesOfGolden(
      this.#cases,
      this.#config.migration.explain,
      this.#config.migration.measures.map(({ name }) => name),
    );
    return [
      ...golden.map(goldenCauseReport),
      ...this.#breaches.causes().map((cause) => breachCauseReport(cause)),
    ];
  }

  /** What the ledger's entries covered in a run of these suites; null without a ledger. */
  ledgerUse(ran: readonly Suite[]): { readonly file: string; readonly use: readonly EntryUse[] } | null {
    if (this.#ledger === null) return null;
    const { ledger, today } = this.#ledger;
    const judged = (suites: readonly Suite[]) =>
      suites.filter(({ must_fail }) => must_fail === undefined).map(({ name }) => name);
    const { entries } = this.#breaches.counts();
    return {
      file: ledger.file,
      use: ledgerUse(ledger, today, entries, judged(this.#config.suites), judged(ran)),
    };
  }
}
