/**
 * `golem alerts run`: the timeline of production's alerts over a recording, from code that is not deployed: what goes
 * pending, fires and resolves at which virtual time, and who is notified when.
 */
import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import {
  addScrapingOptions,
  blindRules,
  chooseRuleSets,
  openAlertContext,
  publishJson,
  scrapeRecordings,
  type ScrapingOptions,
  splitNames,
} from './alerts-replay.ts';
import type { CommandContext } from './commands.ts';
import { type GlobalOptions, type Shell, textWidth, wantsColor } from './shell.ts';

export interface RunOptions extends ScrapingOptions {
  readonly rules?: string;
  readonly alertmanager?: string;
  readonly json?: string;
  readonly verbose?: boolean;
}

export function defineRun(command: Command, context: CommandContext): void {
  command
    .description(
      'Replays recordings, scrapes the replay and evaluates rule sets over it, side by side. Exit code 0, also where ' +
        'alerts fire; 1 where a rule cannot be evaluated.',
    )
    .argument('<recording...>', 'recordings, or names of suites')
    .option(
      '--rules <names>',
      "rule sets of the config, or rule files; comma between them (default: the config's)",
    )
    .option('--alertmanager <file>', "who is notified (default: the config's)")
    .option('--json <file>', 'write alerts, timeline and notifications as JSON; - is standard output')
    .option('--verbose', 'show pending alerts that never fired as well');
  addScrapingOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ golem alerts run september.ndjson.zst --rules legacy,proposed' +
        '\n  $ golem alerts run noisy --rules observability/prometheus/shadow-diff-burn-rate.yml --json -',
    )
    .action(async (recordings: string[], options: RunOptions) => {
      context.finish(await runAlerts(recordings, options, context.globals(), context.shell));
    });
}

/** Replays, evaluates and shows; resolves to the exit code. */
export async function runAlerts(
  recordings: readonly string[],
  options: RunOptions,
  globals: GlobalOptions,
  shell: Shell,
): Promise<number> {
  const context = await openAlertContext(options, globals, shell);
  const plan = await chooseRuleSets(splitNames(options.rules), context, options.alertmanager, shell);
  const scraped = await scrapeRecordings(context, recordings, options, shell);
  const { countRules, emulateRuleSets } = await import('../alerts/rule-sets.ts');
  const { alertReports } = await import('../gate/alert-checks.ts');
  const { alertCourse } = await import('../alerts/course.ts');
  const { renderCourse } = await import('../report/alert-course.ts');
  const run = emulateRuleSets(plan, scraped.scrapes);
  const course = alertCourse(run, plan);
  const alerts = alertReports({ name: recordings.join(' ') }, { run, dryRuns: [], thinBelow: 20 });
  const count = (state: string): number => alerts.filter((alert) => alert.state === state).length;
  const summary =
    `golem: alerts · ${scraped.records} records, ${countRules(plan)} rules, ${count('firing')} fire, ` +
    `${count('pending')} only pending, ${course.notifications.length} notifications, ${course.failures.length} rules fail`;
  const reader = options.json === '-' ? shell.stderr : shell.stdout;
  reader.write(
    renderCourse(
      { course, alerts, blind: await blindRules(plan, scraped), summary },
      {
        width: textWidth(reader, shell.env),
        color: wantsColor(reader, shell.env, globals),
        verbose: options.verbose ?? false,
      },
    ),
  );
  if (options.json !== undefined)
    await publishJson({ golem: 'alerts', version: 1, alerts, ...course }, options.json, shell);
  return course.failures.length === 0 ? EXIT.pass : EXIT.fail;
}
