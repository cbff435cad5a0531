/**
 * The rules whose series `golem alerts query` may read beside the scraped ones: those named with `--rules`, else those
 * of the config that write what the expression names.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RuleGroup } from '../alerts/rule-file.ts';
import { GolemError, renderPlace } from '../errors.ts';
import type { Expr } from '../promql/ast.ts';
import type { SeriesSource } from '../promql/series.ts';
import type { AlertsConfig } from '../config.ts';
import type { Shell } from './shell.ts';

/** A config's rule files by the name of their set, and what their paths are relative to. */
export interface ConfiguredRules {
  readonly rulesets: AlertsConfig['rulesets'];
  readonly root: string;
}

const refuse = (subject: string, reason: string): never => {
  throw new GolemError({
    kind: 'usage',
    verb: 'use the rules',
    subject,
    reason,
    next: 'golem alerts query --help',
  });
};

/** The groups of rules that an expression reads from; none where it reads scraped series alone. */
export async function rulesToRead(
  expr: Expr,
  wanted: readonly string[] | undefined,
  isScraped: (name: string) => boolean,
  configured: ConfiguredRules | null,
  shell: Shell,
): Promise<readonly RuleGroup[]> {
  const { readRuleFiles } = await import('../alerts/read-files.ts');
  const { findRecordingCycles, metricsRead } = await import('../alerts/rule-file.ts');
  const { refuseProblems } = await import('../alerts/yaml-source.ts');
  const { readsAnyName, rulesBehind } = await import('../alerts/recorded-series.ts');
  const { STATE_SERIES } = await import('../alerts/activity.ts');
  const known = Object.entries(configured?.rulesets ?? {});
  const filesOf = (name: string): readonly string[] => {
    const files = known.find(([set]) => set === name)?.[1];
    if (files) return files.map((file) => join(configured!.root, file));
    if (existsSync(resolve(shell.cwd, name))) return [resolve(shell.cwd, name)];
    const sets = known.map(([set]) => set).join(', ');
    return refuse(
      name,
      sets === ''
        ? 'there is no such file'
        : `there is no such file, and the config has the rule sets ${sets}`,
    );
  };
  // Unasked, rules are evaluated only for names that nothing scraped bears.
  if (!wanted && (readsAnyName(expr) || metricsRead(expr).every(isScraped))) return [];
  const names = wanted ?? known.map(([set]) => set);
  const files = [...new Set(names.flatMap(filesOf))];
  const groups = readRuleFiles(files);
  refuseProblems(findRecordingCycles(groups), 'use the rules', names.join(', '));
  if (!wanted && names.length > 1 && metricsRead(expr).some((name) => STATE_SERIES.has(name)))
    refuse(
      names.join(', '),
      `each of these sets writes alerts of its own: choose one with --rules ${names[0]}`,
    );
  return rulesBehind(expr, groups);
}

/** The series with what the rules wrote up to `toMs`. A rule that fails is a data error: its series would be missing. */
export async function readThroughRules(
  groups: readonly RuleGroup[],
  scraped: SeriesSource,
  span: { readonly fromMs: number; readonly toMs: number },
  settings: { readonly intervalMs: number; readonly prometheus: 2 | 3 },
): Promise<SeriesSource> {
  const { withRecorded } = await import('../alerts/recorded-series.ts');
  const { source, failures } = withRecorded(groups, scraped, {
    ...span,
    intervalMs: settings.intervalMs,
    prometheus: settings.prometheus,
    defaultStepMs: settings.intervalMs,
  });
  const [failure] = failures;
  if (!failure) return source;
  const at = new Date(failure.atMs).toISOString();
  throw new GolemError({
    kind: 'data',
    verb: 'evaluate the rule',
    subject: failure.rule.name,
    reason: `${failure.reason} (${renderPlace(failure.rule.place)}, at ${at})`,
  });
}
