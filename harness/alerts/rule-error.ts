/**
 * Tells a rule's failed evaluation, which is data, from a fault of golem itself, which must not be swallowed.
 * Alone, because the evaluation of groups and the unit tests both ask.
 */
import { PromqlEvaluationError } from '../promql/errors.ts';

/** The reason of an evaluation that failed as Prometheus' would; any other error is thrown again. */
export function evaluationErrorOf(error: unknown): string {
  if (error instanceof PromqlEvaluationError) return error.message;
  throw error;
}
