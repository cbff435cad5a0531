/**
 * The two ways PromQL says no: a text that is not an expression golem evaluates, and an evaluation that has no answer.
 * Kept apart from GolemError because an expression does not know the file it stands in; its reader adds that.
 */

/** A text that does not parse, does not type-check or uses what golem does not evaluate. `offset` counts UTF-16 units. */
export class PromqlSyntaxError extends Error {
  readonly offset: number;
  /** Line and column inside the expression, from 1. */
  readonly line: number;
  readonly column: number;
  readonly reason: string;

  constructor(reason: string, text: string, offset: number) {
    const before = text.slice(0, offset);
    const line = before.split('\n').length;
    const column = offset - (before.lastIndexOf('\n') + 1) + 1;
    super(`${line}:${column}: ${reason}`);
    this.name = 'PromqlSyntaxError';
    this.reason = reason;
    this.offset = offset;
    this.line = line;
    this.column = column;
  }
}

/** An evaluation that Prometheus would answer with an error, such as a join that matches many to many. */
export class PromqlEvaluationError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'PromqlEvaluationError';
  }
}
