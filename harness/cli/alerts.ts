/**
 * `golem alerts`: what production's rule files say, of a replay or of any series. This file names the subcommands;
 * each stands in a file of its own and loads what it needs when it runs.
 */
import type { Command } from 'commander';
import { defineAudit } from './alerts-audit.ts';
import { defineRulesReview } from './alerts-check.ts';
import { defineQuery } from './alerts-query.ts';
import { defineRun } from './alerts-run.ts';
import { defineRuleTests } from './alerts-test.ts';
import type { CommandContext } from './commands.ts';

export function defineAlerts(command: Command, context: CommandContext): void {
  command
    .description(
      'The alerts production would raise: are its rule files valid, what would they do over a recording, do their unit ' +
        'tests pass, can they tell the truth.',
    )
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  $ golem alerts run september.ndjson.zst --rules legacy,proposed' +
        '\n  $ golem alerts test observability/prometheus/shadow-diff-alerts.test.yml',
    );
  defineRulesReview(command.command('check'), context);
  defineRun(command.command('run'), context);
  defineQuery(command.command('query'), context);
  defineRuleTests(command.command('test'), context);
  defineAudit(command.command('audit'), context);
}
