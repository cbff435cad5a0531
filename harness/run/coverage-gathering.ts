/**
 * Gathers what the suites of a gate cover and judges it: each suite by its own requirement, all that must not fail by
 * the config's. It keeps the pipeline to two lines.
 */
import type { GolemConfig } from '../config.ts';
import { Coverage } from '../coverage/coverage.ts';
import { checkCoverage } from '../gate/coverage-checks.ts';
import type { SuiteRun } from '../gate/suite-run.ts';
import type { Row } from '../report/shape.ts';
import { coverageOf } from './coverage.ts';
import { recordingOf } from './suite.ts';

export class CoverageGathering {
  readonly #config: GolemConfig;
  readonly #root: string;
  readonly #whole: Coverage;

  constructor(config: GolemConfig, root: string) {
    this.#config = config;
    this.#root = root;
    this.#whole = new Coverage(config.migration);
  }

  /** Counts a suite's base replay; resolves to the rows of its own requirement. */
  async add({ suite, base }: SuiteRun): Promise<Row[]> {
    const own = suite.coverage?.require;
    const counts = suite.must_fail === undefined && this.#config.coverage !== undefined;
    if (own === undefined && !counts) return [];
    const { migration, fixtures } = this.#config;
    const coverage = await coverageOf(base, recordingOf(this.#config, this.#root, suite.name), migration);
    if (counts) this.#whole.merge(coverage);
    const remedy = `npm run golem -- recordings stat ${fixtures}/${suite.name}/recording.ndjson`;
    return own === undefined ? [] : checkCoverage(suite.name, own, coverage, remedy);
  }

  /** Rows of what all suites have to cover together; only a gate that ran all of them can be asked. */
  rows(): Row[] {
    const { coverage, fixtures } = this.#config;
    if (!coverage) return [];
    const remedy = `npm run golem -- recordings stat ${fixtures}/*/recording.ndjson`;
    return checkCoverage('gate', coverage.require, this.#whole, remedy);
  }
}
