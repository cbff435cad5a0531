/**
 * What every part of a prepared expression knows about the evaluation around it.
 * A file of its own so that selectors, subqueries and functions need not know the evaluator that joins them.
 */
import type { SeriesSource } from './series.ts';

/** 2 follows Prometheus 2.42 (closed windows, its order of clamping); 3 follows 3.x (left-open windows). */
export type PrometheusMajor = 2 | 3;

export interface EvaluationOptions {
  readonly prometheus: PrometheusMajor;
  /** How far back an instant selector looks for a sample. */
  readonly lookbackMs: number;
  /** The step of a subquery that names none: the global evaluation interval. */
  readonly defaultStepMs: number;
  /**
   * The newest sample that can be seen: `evaluation-time` hides what lies after the evaluation (as for rules, which run
   * before it is scraped), a number hides what lies after it. Matters to negative offsets and to `@`.
   */
  readonly horizon: 'none' | 'evaluation-time' | number;
}

export const DEFAULT_OPTIONS: EvaluationOptions = {
  prometheus: 3,
  lookbackMs: 300_000,
  defaultStepMs: 60_000,
  horizon: 'none',
};

/** The outer query's times; `startMs` and `endMs` are what `@ start()` and `@ end()` mean. */
export interface EvaluationContext {
  readonly source: SeriesSource;
  readonly options: EvaluationOptions;
  readonly isRange: boolean;
  startMs: number;
  endMs: number;
  horizonMs: number;
}
