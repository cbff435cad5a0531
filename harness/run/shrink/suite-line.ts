/**
 * The line of a config that makes a suite of a shrunk recording, with the limits under which it is green: what it
 * shows is then held, neither more nor less. Pure but for what a replay left.
 */
import type { FieldLimits, GolemConfig, Limits, Suite } from '../../config.ts';
import { limitsOf } from '../../gate/judge.ts';
import type { SettingRun, SuiteRun } from '../../gate/suite-run.ts';
import type { FieldTally, Level } from '../../tally/tally.ts';

/** The suite, with limits of its own only where the config's are too narrow for what its replays showed. */
export function suiteFor(
  name: string,
  run: SuiteRun,
  config: GolemConfig,
  firing: Readonly<Record<string, readonly string[]>>,
): Suite {
  const runs = [run.base, ...(run.full ? [run.full] : [])];
  const limits = limitsFor(runs, config);
  return {
    name,
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(Object.keys(firing).length > 0 && { alerts: firing }),
  };
}

function limitsFor(runs: readonly SettingRun[], config: GolemConfig): Limits {
  const defaults = limitsOf({ name: '' }, config.limits);
  const most = (read: (run: SettingRun) => number): number => Math.max(...runs.map(read));
  const limits: Record<string, unknown> = {};
  for (const level of ['record', 'day'] as const) {
    const fields = config.migration.fields.flatMap(({ name }, index) => {
      const limit = defaults[level]?.[name] ?? defaults[level]?.['*'];
      const own = limit && widened(limit, runs, level, index);
      return own ? [[name, own] as const] : [];
    });
    if (fields.length > 0) limits[level] = Object.fromEntries(fields);
  }
  const failed = (['legacy', 'v2'] as const).flatMap((path) => {
    const count = most((run) => run.tally.paths[path].failed);
    return count > (defaults.failed_writes?.[path] ?? 0) ? [[path, count] as const] : [];
  });
  if (failed.length > 0) limits.failed_writes = Object.fromEntries(failed);
  const counts = {
    refused: most(({ tally }) => tally.paths.v2.refused),
    skipped: most(({ tally }) => tally.skipped + tally.badLines),
    red_codes: Math.max(
      0,
      ...config.migration.redCodes.map((code) => most(({ tally }) => tally.incidents.count(code))),
    ),
    ...(defaults.swallowed !== undefined && {
      swallowed: most(({ tally }) => tally.incidents.count('swallowed')),
    }),
  };
  for (const [name, count] of Object.entries(counts)) {
    if (count > (defaults[name as keyof typeof counts] ?? 0)) limits[name] = count;
  }
  return limits;
}

/** The limits of one field as wide as its replays need, or null where the config's own do. */
function widened(
  limit: FieldLimits,
  runs: readonly SettingRun[],
  level: Level,
  index: number,
): FieldLimits | null {
  const tallies = runs.map(({ tally }) => tally[level][index]!);
  const most = (read: (tally: FieldTally) => number): number => Math.max(...tallies.map(read));
  const seen = {
    breaches: most(({ breaches }) => breaches),
    rate: most(({ breaches, cells }) => (cells.total === 0 ? 0 : breaches / cells.total)),
    p95: most(({ cells }) => cells.quantile(0.95)),
  };
  const names = (['breaches', 'rate', 'p95'] as const).filter((name) => limit[name] !== undefined);
  if (names.every((name) => seen[name] <= limit[name]!)) return null;
  return Object.fromEntries(names.map((name) => [name, Math.max(seen[name], limit[name]!)]));
}

/** The suite as source to paste among `suites` of a config: keys without quotes where they need none. */
export function renderSuite(suite: Suite): string {
  return `${renderValue(suite)},`;
}

function renderValue(value: unknown): string {
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `[${value.map(renderValue).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(
    ([key, member]) => `${/^[A-Za-z_]\w*$/.test(key) ? key : renderValue(key)}: ${renderValue(member)}`,
  );
  return `{ ${members.join(', ')} }`;
}
