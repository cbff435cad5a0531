/**
 * The truth audit: each alert of each rule set held against what really happened in a replay, of which the scrapes
 * kept every observed value. A rule is judged by what it reads, not by whether it fired.
 */
import { renderPlace } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Call, Expr, MatrixSelector } from '../promql/ast.ts';
import { walkExpr } from '../promql/ast.ts';
import { DEFAULT_OPTIONS, prepareQuery } from '../promql/evaluate.ts';
import { labelRecord, labelValue, type Labels } from '../promql/labels.ts';
import { bucketQuantile } from '../promql/quantile.ts';
import type { ScrapeTally } from '../tally/scrapes.ts';
import { activityOf, componentsOf, selectorsOf } from './activity.ts';
import { bucketOf, exactQuantile, placeThreshold, round, type BucketPlace } from './audit-buckets.ts';
import { instant } from './course.ts';
import { emulateAlerts, viewScrapes, type ScrapeView } from './emulate.ts';
import { emittedSeries, findUnknownInExpr } from './metric-check.ts';
import type { AlertingRule, RuleGroup } from './rule-file.ts';
import { THIN_BELOW, type AlertPlan } from './rule-sets.ts';
import { selectScraped, type LabelledSeries, type Scrapes } from './scraped-source.ts';
import {
  growthInside,
  quantileWindowOf,
  scrapesInside,
  seriesBehind,
  windowOf,
  type QuantileWindow,
} from './scraped-window.ts';
import { readThreshold, type Threshold } from './threshold.ts';

/** One thing that keeps a rule from telling the truth. */
export interface AuditFinding {
  readonly code:
    | 'threshold_in_bucket'
    | 'threshold_above_last_edge'
    | 'never_fires'
    | 'hidden_births'
    | 'for_longer_than_data'
    | 'window_longer_than_data'
    | 'never_emitted'
    | 'no_series'
    | 'phase_decides'
    | 'thin'
    | 'false_alarms'
    | 'missed';
  readonly detail: string;
}

/** What one label set of a rule read at its peak, beside what was true. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly at: string;
  readonly reading: number;
  /** The exact quantile, or the increments counted one by one. */
  readonly truth: number;
  /** For a quantile: the bucket that the truth fell in; `upper` is null beyond the last edge. */
  readonly bucket: { readonly lower: number; readonly upper: number | null } | null;
  /** For a quantile: how many observations the window holds. */
  readonly observations: number | null;
  /** For a quantile: what would have been read with an edge at the threshold. */
  readonly reading_mended: number | null;
}

/** How often the rule's comparison agreed with the truth, over the evaluations at which it measured anything. */
export interface Agreement {
  readonly evaluations: number;
  readonly read_over: number;
  readonly truly_over: number;
  /** Read over the threshold while the truth was not. */
  readonly false_alarms: number;
  /** Not read over while the truth was. */
  readonly missed: number;
}

export interface RuleAudit {
  readonly ruleset: string;
  readonly alert: string;
  readonly place: string;
  readonly comparison: string | null;
  readonly threshold: number | null;
  readonly bucket: BucketPlace | null;
  readonly readings: readonly Reading[];
  readonly agreement: Agreement | null;
  /** Series that appeared with a value, and what of it `rate` and `increase` cannot see. */
  readonly births: { readonly series: number; readonly hidden: number; readonly increments: number };
  /** What the shift of the group's evaluations changes. */
  readonly phases: {
    readonly tried: number;
    readonly fires: number;
    readonly earliest: string | null;
    readonly latest: string | null;
    readonly lowest_peak: number | null;
    readonly highest_peak: number | null;
  };
  readonly findings: readonly AuditFinding[];
}

export interface Audit {
  readonly rules: readonly RuleAudit[];
  readonly from: string;
  readonly to: string;
  readonly events_from: string;
  readonly events_to: string;
}

/** What an audit reads besides rules: scrapes, and the tallies behind them with every value kept. */
export interface AuditInput {
  readonly scrapes: Scrapes;
  readonly tallies: ReadonlyMap<string, ScrapeTally>;
}

/** Audits every alert of a plan. */
export function auditRules(
  plan: AlertPlan,
  { scrapes, tallies }: AuditInput,
  migration: Pick<Migration, 'metrics' | 'exposition'>,
): Audit {
  const spans = [...tallies.values()].flatMap((tally) => tally.span() ?? []);
  const span = {
    firstMs: Math.min(...spans.map(({ first }) => first)) * scrapes.intervalMs,
    lastMs: Math.max(...spans.map(({ last }) => last)) * scrapes.intervalMs,
  };
  const view = viewScrapes(scrapes);
  const values = new ObservedValues(scrapes, tallies, migration);
  const rules = plan.sets.flatMap((set) => {
    const phases = sweepPhases(set.groups, view, plan);
    const recorded = new Set(
      set.groups.flatMap((group) =>
        group.rules.filter((rule) => rule.kind === 'record').map((rule) => rule.name),
      ),
    );
    const unknown = (expr: Expr): string[] =>
      findUnknownInExpr(expr, emittedSeries(migration, plan.settings.prometheus), recorded).map(
        ({ reason }) => reason,
      );
    return set.groups.flatMap((group) =>
      group.rules.flatMap((rule) =>
        rule.kind === 'alert'
          ? [
              auditRule({
                ruleset: set.name,
                rule,
                group,
                plan,
                view,
                values,
                span,
                unknown,
                recorded,
                phases: phases.get(rule)!,
              }),
            ]
          : [],
      ),
    );
  });
  return {
    rules,
    from: instant(scrapes.from * scrapes.intervalMs),
    to: instant(scrapes.to * scrapes.intervalMs),
    events_from: instant(span.firstMs),
    events_to: instant(span.lastMs),
  };
}

interface RuleInput {
  readonly ruleset: string;
  readonly rule: AlertingRule;
  readonly group: RuleGroup;
  readonly plan: AlertPlan;
  readonly view: ScrapeView;
  readonly values: ObservedValues;
  readonly span: { readonly firstMs: number; readonly lastMs: number };
  readonly unknown: (expr: Expr) => readonly string[];
  readonly recorded: ReadonlySet<string>;
  readonly phases: PhaseSweep;
}

function auditRule(input: RuleInput): RuleAudit {
  const { rule, view, values } = input;
  const threshold = readThreshold(rule.expr);
  const window = quantileWindowOf(rule.expr);
  const bounds = window ? values.boundsOf(window.metric) : [];
  const truth = threshold && truthOf(rule, threshold, window, view.scrapes, values);
  const compared = truth ? compareWithTruth(input, threshold, truth) : null;
  const partial = {
    ruleset: input.ruleset,
    alert: rule.name,
    place: renderPlace(rule.place),
    comparison: threshold?.op ?? null,
    threshold: threshold?.limit ?? null,
    bucket:
      threshold && window && bounds.length > 0
        ? placeThreshold(threshold.limit, bounds, window.quantile)
        : null,
    readings: compared?.readings ?? [],
    agreement: compared?.agreement ?? null,
    births: birthsOf(rule, view.scrapes),
    phases: shownPhases(input.phases),
  };
  return { ...partial, findings: findingsOf(partial, input, threshold, window) };
}

// --- what was true ---------------------------------------------------------------------------------------------

/** Every observed value of a replay, found by the series it was counted in. */
class ObservedValues {
  readonly #migration: Pick<Migration, 'metrics'>;
  readonly #tallies: ReadonlyMap<string, ScrapeTally>;
  readonly #envOf: (series: LabelledSeries) => string;

  constructor(
    scrapes: Scrapes,
    tallies: ReadonlyMap<string, ScrapeTally>,
    migration: Pick<Migration, 'metrics' | 'exposition'>,
  ) {
    this.#migration = migration;
    this.#tallies = tallies;
    const [only] = tallies.keys();
    this.#envOf = ({ labels }) =>
      scrapes.series.length > 0 && tallies.size > 1 ? labelValue(labels, 'env') : (only ?? '');
  }

  /** Edges of a histogram by its name. */
  boundsOf(metric: string): readonly number[] {
    return this.#migration.metrics.find(({ name }) => name === metric)?.buckets ?? [];
  }

  /** Values of the series' children seen after one scrape and up to another, ascending. */
  inside(series: readonly LabelledSeries[], after: number, upTo: number): number[] {
    return series
      .flatMap((one) => {
        const { metric, child } = one.scraped;
        return (
          this.#tallies
            .get(this.#envOf(one))
            ?.child(metric, child)
            .valuesMicro(after + 1, upTo) ?? []
        );
      })
      .sort((a, b) => a - b)
      .map((micro) => micro / 1e6);
  }
}

/** The truth behind one result of a rule at one time; undefined where the rule measures something golem cannot count. */
interface Truth {
  of(result: Labels, atMs: number): TruthAt | undefined;
}

interface TruthAt {
  readonly value: number;
  readonly values: readonly number[] | null;
}

function truthOf(
  rule: AlertingRule,
  threshold: Threshold,
  window: QuantileWindow | undefined,
  scrapes: Scrapes,
  values: ObservedValues,
): Truth | undefined {
  const behind = remembered((matrix: MatrixSelector, result: Labels) =>
    seriesBehind(matrix, scrapes, result),
  );
  if (window) {
    return {
      of(result, atMs) {
        const { after, upTo } = scrapesInside(window.matrix, scrapes, atMs);
        const buckets = behind(window.matrix, result).filter(
          ({ labels }) => labelValue(labels, 'le') === '+Inf',
        );
        const inside = values.inside(buckets, after, upTo);
        const value = exactQuantile(window.quantile, inside);
        return value === undefined ? undefined : { value, values: inside };
      },
    };
  }
  const matrix = increaseWindow(threshold.measured);
  if (!matrix || windowOf(rule.expr) !== matrix) return undefined;
  return {
    of(result, atMs) {
      const inside = scrapesInside(matrix, scrapes, atMs);
      const value = behind(matrix, result).reduce(
        (sum, { scraped }) => sum + growthInside(scraped.changes, inside),
        0,
      );
      return { value, values: null };
    },
  };
}

/** The window of `increase(x[w])`, alone or summed. */
function increaseWindow(expr: Expr): MatrixSelector | undefined {
  const call = expr.kind === 'aggregation' && expr.op === 'sum' ? expr.expr : expr;
  if (call.kind !== 'call' || call.func !== 'increase') return undefined;
  const [matrix] = (call as Call).args;
  return matrix?.kind === 'matrix-selector' ? matrix : undefined;
}

/** The series behind a result do not change over a replay. */
function remembered(
  find: (matrix: MatrixSelector, result: Labels) => LabelledSeries[],
): (matrix: MatrixSelector, result: Labels) => LabelledSeries[] {
  const known = new Map<string, LabelledSeries[]>();
  return (matrix, result) => {
    let series = known.get(result.key);
    if (!series) {
      series = find(matrix, result);
      known.set(result.key, series);
    }
    return series;
  };
}

interface Compared {
  readonly readings: readonly Reading[];
  readonly agreement: Agreement;
}

/** Reads the rule at every evaluation that can matter and holds each result against the truth. */
function compareWithTruth(input: RuleInput, threshold: Threshold, truth: Truth): Compared {
  const { plan, view, rule, group } = input;
  const options = { lookbackMs: DEFAULT_OPTIONS.lookbackMs, intervalMs: plan.settings.intervalMs };
  const [component] = componentsOf([{ ...group, rules: [rule] }], options);
  const { stretches, runs } = activityOf(component!, view.scrapes, options);
  const query = prepareQuery(threshold.measured, view.sourceOver(runs), {
    prometheus: plan.settings.prometheus,
    defaultStepMs: plan.settings.intervalMs,
    horizon: 'evaluation-time',
  });
  const { from, to, intervalMs } = view.scrapes;
  const stepMs = group.intervalMs ?? plan.settings.intervalMs;
  const peaks = new Map<string, { labels: Labels; atMs: number; reading: number; truth: TruthAt }>();
  const agreement = { evaluations: 0, read_over: 0, truly_over: 0, false_alarms: 0, missed: 0 };
  for (const { fromMs, toMs } of stretches ?? [{ fromMs: from * intervalMs, toMs: to * intervalMs }]) {
    for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs <= toMs; atMs += stepMs) {
      const { labels, values } = query.at(atMs);
      for (const [index, one] of labels.entries()) {
        const reading = values[index]!;
        const at = truth.of(one, atMs);
        if (!at) continue;
        const [readOver, trulyOver] = [threshold.holds(reading), threshold.holds(at.value)];
        agreement.evaluations += 1;
        agreement.read_over += readOver ? 1 : 0;
        agreement.truly_over += trulyOver ? 1 : 0;
        agreement.false_alarms += readOver && !trulyOver ? 1 : 0;
        agreement.missed += trulyOver && !readOver ? 1 : 0;
        const peak = peaks.get(one.key);
        if (!Number.isNaN(reading) && (!peak || threshold.isNearer(reading, peak.reading)))
          peaks.set(one.key, { labels: one, atMs, reading, truth: at });
      }
    }
  }
  return { agreement, readings: [...peaks.values()].map((peak) => readingAt(peak, input, threshold)) };
}

function readingAt(
  peak: { readonly labels: Labels; readonly atMs: number; readonly reading: number; readonly truth: TruthAt },
  { values, plan, rule }: RuleInput,
  threshold: Threshold,
): Reading {
  const window = quantileWindowOf(rule.expr);
  const inside = peak.truth.values;
  const bounds = window ? values.boundsOf(window.metric) : [];
  const bucket = inside ? bucketOf(peak.truth.value, bounds) : null;
  return {
    labels: labelRecord(peak.labels),
    at: instant(peak.atMs),
    reading: round(peak.reading),
    truth: round(peak.truth.value),
    bucket: bucket && { lower: bucket.lower, upper: Number.isFinite(bucket.upper) ? bucket.upper : null },
    observations: inside ? inside.length : null,
    reading_mended:
      inside && window
        ? readWithEdges(window.quantile, inside, [...bounds, threshold.limit], plan.settings.prometheus)
        : null,
  };
}

/** What `histogram_quantile` would read of these values, had the histogram these edges. */
function readWithEdges(
  quantile: number,
  values: readonly number[],
  edges: readonly number[],
  prometheus: 2 | 3,
): number | null {
  const bounds = [...new Set(edges)].sort((a, b) => a - b);
  const counts = [...bounds, Infinity].map((bound) => values.filter((value) => value <= bound).length);
  const reading = bucketQuantile(quantile, [...bounds, Infinity], counts, prometheus);
  return Number.isFinite(reading) ? round(reading) : null;
}

// --- births and phases -----------------------------------------------------------------------------------------

function birthsOf(rule: AlertingRule, scrapes: Scrapes): RuleAudit['births'] {
  const seen = new Set(
    selectorsOf(rule.expr)
      .flatMap(({ matchers }) => selectScraped(scrapes, matchers))
      // A histogram's births are its observations', once and not once a bucket.
      .filter(({ labels }) => ['', '+Inf'].includes(labelValue(labels, 'le'))),
  );
  let series = 0;
  let hidden = 0;
  let increments = 0;
  for (const { scraped } of seen) {
    const { at, values } = scraped.changes;
    increments += growthInside(scraped.changes, { after: scrapes.from - 1, upTo: scrapes.to });
    for (const [place, value] of values.entries()) {
      const isBirth = place === 0 || Number.isNaN(values[place - 1]);
      if (!isBirth || !(value > 0) || at[place]! <= scrapes.from) continue;
      series += 1;
      hidden += value;
    }
  }
  return { series, hidden, increments };
}

interface PhaseSweep {
  tried: number;
  fires: number;
  earliestMs: number;
  latestMs: number;
  lowestPeak: number;
  highestPeak: number;
}

/** At most this many shifts of a group's evaluations are tried. */
const MOST_PHASES = 8;

/** Runs a set's groups at shifts spread over their intervals, each a whole number of scrapes. */
function sweepPhases(
  groups: readonly RuleGroup[],
  view: ScrapeView,
  plan: AlertPlan,
): Map<AlertingRule, PhaseSweep> {
  const { intervalMs, prometheus, scrapeIntervalMs } = plan.settings;
  const sweeps = new Map<AlertingRule, PhaseSweep>();
  const stepsOf = (group: RuleGroup): number =>
    Math.max(1, Math.floor((group.intervalMs ?? intervalMs) / scrapeIntervalMs));
  const tries = Math.min(MOST_PHASES, Math.max(...groups.map(stepsOf)));
  for (let attempt = 0; attempt < tries; attempt++) {
    const phaseMs = (group: RuleGroup): number =>
      Math.floor((attempt * stepsOf(group)) / tries) * scrapeIntervalMs;
    const { alerts } = emulateAlerts(groups, view, {
      intervalMs,
      prometheus,
      defaultStepMs: intervalMs,
      phaseMs,
    });
    for (const [rule, summaries] of Map.groupBy(alerts, (one) => one.rule)) {
      const sweep = sweeps.get(rule) ?? {
        ...{ tried: 0, fires: 0, earliestMs: Infinity, latestMs: -Infinity },
        ...{ lowestPeak: Infinity, highestPeak: -Infinity },
      };
      sweeps.set(rule, sweep);
      sweep.tried += 1;
      const firing = Math.min(...summaries.map(({ firingAtMs }) => firingAtMs ?? Infinity));
      if (firing < Infinity) {
        sweep.fires += 1;
        sweep.earliestMs = Math.min(sweep.earliestMs, firing);
        sweep.latestMs = Math.max(sweep.latestMs, firing);
      }
      const peaks = summaries.flatMap(({ peak }) => (peak ? [peak.value] : []));
      if (peaks.length === 0) continue;
      sweep.lowestPeak = Math.min(sweep.lowestPeak, Math.max(...peaks));
      sweep.highestPeak = Math.max(sweep.highestPeak, Math.max(...peaks));
    }
  }
  return sweeps;
}

function shownPhases(sweep: PhaseSweep): RuleAudit['phases'] {
  return {
    tried: sweep.tried,
    fires: sweep.fires,
    earliest: Number.isFinite(sweep.earliestMs) ? instant(sweep.earliestMs) : null,
    latest: Number.isFinite(sweep.latestMs) ? instant(sweep.latestMs) : null,
    lowest_peak: Number.isFinite(sweep.lowestPeak) ? round(sweep.lowestPeak) : null,
    highest_peak: Number.isFinite(sweep.highestPeak) ? round(sweep.highestPeak) : null,
  };
}

// --- findings --------------------------------------------------------------------------------------------------

function findingsOf(
  audit: Omit<RuleAudit, 'findings'>,
  { rule, view, span, unknown, recorded }: RuleInput,
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
  const readsNothing = selectorsOf(rule.expr).filter(
    ({ matchers }) =>
      selectScraped(view.scrapes, matchers).length === 0 &&
      !matchers.some(({ name, value }) => name === '__name__' && recorded.has(value)),
  );
  if (readsNothing.length > 0)
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
  const longest = longestWindowMs(rule.expr);
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
