/**
 * `golem alerts audit`: can these rules tell the truth? Each is held against what really happened in a replay.
 */
import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import {
  addScrapingOptions,
  chooseRuleSets,
  publishJson,
  scrapeRecordings,
  type ScrapingOptions,
  openAlertContext,
  splitNames,
} from './alerts-replay.ts';
import type { CommandContext } from './commands.ts';
import { type GlobalOptions, type Shell, textWidth, wantsColor } from './shell.ts';

export interface AuditOptions extends ScrapingOptions {
  readonly rules?: string;
  readonly json?: string;
  readonly verbose?: boolean;
}

export function defineAudit(command: Command, context: CommandContext): void {
  command
    .description(
      'Says of each alert whether it can tell the truth: the exact quantile beside the interpolated one, thresholds ' +
        'inside a bucket, increments that births hide, alerts that can never fire, and what the evaluation phase changes.',
    )
    .argument('<recording...>', 'recordings, or names of suites')
    .option(
      '--rules <names>',
      "rule sets of the config, or rule files; comma between them (default: the config's)",
    )
    .option('--json <file>', 'write the audit as JSON; - is standard output')
    .option('--verbose', 'show rules without a finding, and every label set');
  addScrapingOptions(command)
    .addHelpText('after', '\nExample:\n  $ golem alerts audit everyday --rules legacy,proposed')
    .action(async (recordings: string[], options: AuditOptions) => {
      context.finish(await auditAlerts(recordings, options, context.globals(), context.shell));
    });
}

/** Replays, audits and shows; resolves to the exit code. */
export async function auditAlerts(
  recordings: readonly string[],
  options: AuditOptions,
  globals: GlobalOptions,
  shell: Shell,
): Promise<number> {
  const context = await openAlertContext(options, globals, shell);
  const plan = await chooseRuleSets(splitNames(options.rules), context, undefined, shell);
  const scraped = await scrapeRecordings(context, recordings, options, shell, true);
  const { auditRules } = await import('../alerts/audit.ts');
  const { renderAudit } = await import('../report/alert-audit.ts');
  const audit = auditRules(plan, scraped, context.loaded.config.migration);
  const reader = options.json === '-' ? shell.stderr : shell.stdout;
  reader.write(
    renderAudit(audit, {
      width: textWidth(reader, shell.env),
      color: wantsColor(reader, shell.env, globals),
      verbose: options.verbose ?? false,
    }),
  );
  if (options.json !== undefined)
    await publishJson({ golem: 'audit', version: 1, ...audit }, options.json, shell);
  return EXIT.pass;
}
