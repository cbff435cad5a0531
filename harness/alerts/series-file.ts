/**
 * Series from a file in promtool's notation, for questions asked without a recording: either YAML as in a unit test
 * (`interval`, `input_series`), a bare list of series, or plain lines `name{labels} values` after an optional `load 1m`.
 */
import { readSeries } from './unit-test-file.ts';
import { knownEntries, readDurationMs } from './rule-file.ts';
import { readYaml, type Problem } from './yaml-source.ts';
import { parseDurationMs } from '../promql/durations.ts';
import { PromqlSyntaxError } from '../promql/errors.ts';
import { parseNotatedSeries } from '../promql/series-notation.ts';
import type { Series } from '../promql/series.ts';

const MINUTE_MS = 60_000;

export interface SeriesFile {
  readonly series: readonly Series[];
  readonly problems: readonly Problem[];
}

/** Reads series; values stand `interval` apart (a minute, if the file does not say). */
export function parseSeriesFile(file: string, text: string): SeriesFile {
  const first =
    text.split('\n').find((line) => line.trim() !== '' && !line.trimStart().startsWith('#')) ?? '';
  const isYaml = /^\s*(-|interval\s*:|input_series\s*:|\{\s*"|\[)/.test(first);
  return isYaml ? parseYamlSeries(file, text) : parseSeriesLines(file, text);
}

function parseYamlSeries(file: string, text: string): SeriesFile {
  const yaml = readYaml(file, text);
  if (!yaml.root || yaml.problems.length > 0) return { series: [], problems: yaml.problems };
  if (yaml.root.isList)
    return { series: readSeries(yaml, yaml.root.items('the series'), MINUTE_MS), problems: yaml.problems };
  const entries = knownEntries(yaml, yaml.root, 'a series file', ['interval', 'input_series']);
  const interval = entries.find((entry) => entry.key === 'interval')?.value;
  const list = entries.find((entry) => entry.key === 'input_series')?.value;
  const intervalMs = (interval && readDurationMs(yaml, interval, 'interval')) || MINUTE_MS;
  return { series: readSeries(yaml, list?.items('input_series') ?? [], intervalMs), problems: yaml.problems };
}

/** The labels end with the brace outside quotes, or where the name ends. */
const LINE =
  /^\s*((?:[a-zA-Z_:][a-zA-Z0-9_:]*\s*)?(?:\{(?:[^"'`}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*\})?)\s+(\S.*)$/;

function parseSeriesLines(file: string, text: string): SeriesFile {
  const problems: Problem[] = [];
  const series = new Map<string, Series>();
  let intervalMs = MINUTE_MS;
  for (const [index, line] of text.split('\n').entries()) {
    const report = (column: number, reason: string): void => {
      problems.push({ place: { file, line: index + 1, column }, reason });
    };
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const load = /^\s*load\s+(\S+)\s*$/.exec(line);
    if (load) {
      const durationMs = parseDurationMs(load[1]!);
      if (durationMs) intervalMs = durationMs;
      else report(line.indexOf(load[1]!) + 1, `not a valid duration string: ${JSON.stringify(load[1])}`);
      continue;
    }
    const match = LINE.exec(line);
    if (!match || match[1]!.trim() === '') {
      report(1, 'expected a series and its values, such as: up{job="a"} 0 1+1x10');
      continue;
    }
    try {
      const one = parseNotatedSeries(match[1]!, match[2]!, intervalMs);
      series.set(one.labels.key, one);
    } catch (error) {
      if (!(error instanceof PromqlSyntaxError)) throw error;
      report(line.length - match[2]!.length + error.column, error.reason);
    }
  }
  return { series: [...series.values()], problems };
}
