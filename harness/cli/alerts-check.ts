/**
 * `golem alerts check`: can these rule files be loaded, can every expression be evaluated, and does each ask for
 * metrics and labels that the migration emits.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT, GolemError } from '../errors.ts';
import type { CommandContext } from './commands.ts';
import { prometheusMajor, prometheusOption } from './alerts-replay.ts';
import type { GlobalOptions, Shell } from './shell.ts';

export interface RulesReviewOptions {
  readonly prometheus?: string;
}

export function defineRulesReview(command: Command, context: CommandContext): void {
  command
    .description(
      'Reads rule files strictly and holds them against the metrics of the config. Every fault is told at once, with ' +
        'file, line and column; exit code 65 if there is one.',
    )
    .argument('<rules...>', 'Prometheus rule files')
    .addOption(prometheusOption())
    .addHelpText(
      'after',
      '\nExample:\n  $ golem alerts check observability/prometheus/shadow-diff-alerts.yml',
    )
    .action(async (files: string[], options: RulesReviewOptions) => {
      context.finish(await reviewRules(files, options, context.globals(), context.shell));
    });
}

/** Reads and judges the files; resolves to the exit code, rejects with every fault of all of them. */
export async function reviewRules(
  files: readonly string[],
  options: RulesReviewOptions,
  globals: GlobalOptions,
  shell: Shell,
): Promise<number> {
  const { readRuleFiles } = await import('../alerts/read-files.ts');
  const { findRecordingCycles } = await import('../alerts/rule-file.ts');
  const { refuseProblems } = await import('../alerts/yaml-source.ts');
  const { emittedSeries, findUnknownMetrics } = await import('../alerts/metric-check.ts');
  const migration = await migrationIfAny(globals, shell);
  const groups = readRuleFiles(files.map((file) => shownFrom(file, shell)));
  const unknown = migration
    ? findUnknownMetrics(groups, emittedSeries(migration, prometheusMajor(options.prometheus)))
    : [];
  refuseProblems([...findRecordingCycles(groups), ...unknown], 'use the rule files', files.join(', '));
  const counted = (kind: 'alert' | 'record', file?: string): number =>
    groups
      .filter((group) => file === undefined || group.file === shownFrom(file, shell))
      .reduce((sum, group) => sum + group.rules.filter((rule) => rule.kind === kind).length, 0);
  const describe = (file?: string): string =>
    `${plural(counted('alert', file), 'alert')}, ${plural(counted('record', file), 'recording rule')}`;
  for (const file of files) shell.stdout.write(`PASS  ${file}: ${describe(file)}\n`);
  const metrics = migration
    ? `held against ${plural(migration.metrics.length, 'metric')}`
    : 'no config, so not held against any metrics';
  shell.stdout.write(`golem: pass · ${plural(files.length, 'file')}, ${describe()}, ${metrics}\n`);
  return EXIT.pass;
}

/** A path that can be read from here and is shown as it was given, where that is the same. */
function shownFrom(file: string, shell: Shell): string {
  return resolve(file) === resolve(shell.cwd, file) ? file : resolve(shell.cwd, file);
}

/** The config's migration; none where there is no config and none was asked for. */
async function migrationIfAny(globals: GlobalOptions, shell: Shell) {
  const { loadConfig } = await import('./load-config.ts');
  try {
    return (await loadConfig(globals.config, shell.cwd)).config.migration;
  } catch (error) {
    if (error instanceof GolemError && error.failure.verb === 'find' && globals.config === null) return null;
    throw error;
  }
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
