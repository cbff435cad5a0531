/**
 * promtool's `input_series` notation: a series' name and labels, and its values as `0+1x60 _ stale NaN 1e3x2`.
 * Unit tests and ad-hoc queries are written in it, so a file holds the notation and nothing else.
 */
import { PromqlSyntaxError } from './errors.ts';
import { labelsFromPairs } from './labels.ts';
import { parseMetric } from './parse.ts';
import { GrowingSeries, type Series } from './series.ts';

/** One step of a notated series: a value, a gap, or a stale marker. */
export type NotatedValue = number | 'gap' | 'stale';

const NUMBER = String.raw`(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[iI][nN][fF]|[nN][aA][nN])`;
const ITEM = new RegExp(
  String.raw`^(?:(?<gap>_)(?:x(?<gaps>\d+))?|(?<stale>stale)|(?<first>[+-]?${NUMBER})(?:(?<step>[+-]${NUMBER}))?(?:x(?<times>\d+))?)$`,
);

const readNumber = (text: string): number => {
  const unsigned = text.replace(/^[+-]/, '');
  const value = /^inf$/i.test(unsigned) ? Infinity : /^nan$/i.test(unsigned) ? Number.NaN : Number(unsigned);
  return text.startsWith('-') ? -value : value;
};

/**
 * Reads the values of a series: `a`, `axn` (n+1 times), `a+bxn` and `a-bxn` (n+1 values, counting on), `_` and `_xn`
 * (n gaps), `stale`, with Inf, NaN and exponents.
 * @throws PromqlSyntaxError with the place inside the text; native histogram literals are refused.
 */
export function parseSeriesValues(text: string): NotatedValue[] {
  const values: NotatedValue[] = [];
  for (const match of text.matchAll(/\S+/g)) {
    const item = match[0];
    if (item.startsWith('{{'))
      throw new PromqlSyntaxError('native histogram literals are not supported', text, match.index);
    const groups = ITEM.exec(item)?.groups;
    if (!groups || (groups.step !== undefined && groups.times === undefined)) {
      throw new PromqlSyntaxError(`unexpected ${JSON.stringify(item)} in series values`, text, match.index);
    }
    if (values.length + Number(groups.times ?? groups.gaps ?? 0) > MOST_VALUES)
      throw new PromqlSyntaxError(`more than ${MOST_VALUES} values in a series`, text, match.index);
    readItem(groups, values);
  }
  return values;
}

/** Nineteen years of minutes; a slip of the finger should not fill the memory. */
const MOST_VALUES = 10_000_000;

function readItem(groups: Record<string, string | undefined>, values: NotatedValue[]): void {
  if (groups.gap !== undefined) {
    for (let count = Number(groups.gaps ?? 1); count > 0; count--) values.push('gap');
    return;
  }
  if (groups.stale !== undefined) {
    values.push('stale');
    return;
  }
  let value = readNumber(groups.first!);
  const step = groups.step === undefined ? 0 : readNumber(groups.step);
  for (let count = Number(groups.times ?? 0); count >= 0; count--) {
    values.push(value);
    if (groups.step !== undefined) value += step;
  }
}

/** Reads one notated series; its n-th value stands at `startMs` + n × `intervalMs`. */
export function parseNotatedSeries(series: string, values: string, intervalMs: number, startMs = 0): Series {
  const notated = parseSeriesValues(values);
  const result = new GrowingSeries(labelsFromPairs(parseMetric(series)), Math.max(1, notated.length));
  for (const [index, value] of notated.entries()) {
    const atMs = startMs + index * intervalMs;
    if (value === 'stale') result.markStale(atMs);
    else if (value !== 'gap') result.append(atMs, value);
  }
  return result;
}
