/**
 * From an audit's figures to its findings: what keeps a rule from telling the truth, each in one sentence with the
 * figures that show it.
 */
import type { Expr } from '../promql/ast.ts';
import { walkExpr } from '../promql/ast.ts';
import { namedMetric } from '../promql/series.ts';
import { selectorsOf, STATE_SERIES } from './activity.ts';
import type { AuditFinding, RuleAudit, RuleInput } from './audit.ts';
import { round, type BucketPlace } from './audit-buckets.ts';
import { increaseWindow } from './audit-truth.ts';
import { THIN_BELOW } from './rule-sets.ts';
import { selectScraped } from './scraped-source.ts';
import { sees } from './sight.ts';
import type { QuantileWindow } from './scraped-window.ts';
import type { Threshold } from './threshold.ts';

/** The findings on one rule, from its audit and its text. */
export function findingsOf(
  audit: Omit<RuleAudit, 'findings'>,
  { rule, view, span, envs, unknown, reads, recorded }: RuleInput,
  threshold: Threshold | undefined,
  window: QuantileWindow | undefined,
): AuditFinding[] {
  const findings: AuditFinding[] = [];
  const add = (code: AuditFinding['code'], detail: string): void => {
    findings.push({ code, detail });
  };
  const { bucket, births, phases, agreement } = audit;
  for (const reason of unknown(rule.expr)) add('never_emitted', reason);
  if (bucket?.kind === 'inside') {
    const { lower, upper, low_reads_high: low, high_reads_low: high, mend } = bucket;
    add(
      'threshold_in_bucket',
      `${audit.threshold} lies inside the bucket (${lower}, ${upper}], where a true ${low.truth} can read ${low.reading} ` +
        `and a true ${high.truth} can read ${high.reading} (one of ${high.observations} observations); an edge at ${mend} would mend it`,
    );
  }
  if (bucket?.kind === 'above') {
    add(
      'threshold_above_last_edge',
      `${audit.threshold} is above the last edge, ${bucket.last}: no reading goes beyond it`,
    );
  }
  const neverReason = threshold && neverFires(threshold, bucket);
  if (neverReason) add('never_fires', neverReason);
  const isWritten = (name: string | undefined): boolean =>
    name !== undefined && (recorded.has(name) || STATE_SERIES.has(name));
  const readsNothing = reads
    .flatMap(selectorsOf)
    .filter(
      ({ matchers }) =>
        selectScraped(view.scrapes, matchers).length === 0 && !isWritten(namedMetric(matchers)),
    );
  if (!envs.some((env) => reads.every((expr) => sees(expr, env))))
    add('no_series', `it watches another environment than ${envs.join(', ')}, which this replay is of`);
  else if (readsNothing.length > 0)
    add(
      'no_series',
      'it selects no series of this replay, where a labelled one is absent until its first event',
    );
  if (births.hidden > 0) {
    add(
      'hidden_births',
      `born with a value and not at zero: ${births.series} series, which hide ${births.hidden} of ` +
        `${births.increments} ${window ? 'observations' : 'increments'} from it`,
    );
  }
  const dataMs = span.lastMs - span.firstMs;
  if (rule.forMs > dataMs)
    add('for_longer_than_data', `it must hold for ${minutes(rule.forMs)}, events span ${minutes(dataMs)}`);
  const longest = Math.max(...reads.map(longestWindowMs));
  if (longest > dataMs)
    add('window_longer_than_data', `it looks back ${minutes(longest)}, events span ${minutes(dataMs)}`);
  if (phases.fires > 0 && phases.fires < phases.tried)
    add('phase_decides', `it fires in ${phases.fires} of ${phases.tried} evaluation phases`);
  const thin = audit.readings.filter(
    ({ observations }) => observations !== null && observations < THIN_BELOW,
  );
  if (thin.length > 0) {
    const least = Math.min(...thin.map(({ observations }) => observations!));
    add('thin', `observations in its window at a peak: ${least}, so that the quantile is nearly the maximum`);
  }
  if (agreement && agreement.false_alarms > 0)
    add(
      'false_alarms',
      `${agreement.false_alarms} of ${agreement.read_over} readings over the threshold are not true`,
    );
  if (agreement && agreement.missed > 0)
    add(
      'missed',
      `${agreement.missed} of ${agreement.truly_over} times truly over the threshold are not read so`,
    );
  return findings;
}

function neverFires({ op, limit, measured }: Threshold, bucket: BucketPlace | null): string | undefined {
  if (bucket?.kind === 'above' && (op === '>' || op === '>='))
    return `no quantile reads above the last edge, ${bucket.last}`;
  if (bucket && op === '>' && limit === Infinity) return 'nothing is above infinity';
  const grows = bucket !== null || increaseWindow(measured) !== undefined;
  if (grows && ((op === '<' && limit <= 0) || (op === '<=' && limit < 0)))
    return `what it measures is never below zero`;
  return Number.isNaN(limit) && op !== '!=' ? 'nothing compares with NaN' : undefined;
}

function longestWindowMs(expr: Expr): number {
  let longest = 0;
  walkExpr(expr, (node) => {
    if (node.kind === 'matrix-selector' || node.kind === 'subquery')
      longest = Math.max(longest, node.rangeMs);
  });
  return longest;
}

const minutes = (ms: number): string => `${round(ms / 60_000)} min`;
