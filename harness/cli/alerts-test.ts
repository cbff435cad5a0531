/**
 * `golem alerts test`: promtool's rule unit tests, run in this process. It shows what each wanted and got, and which
 * alerts of the rule files no test names.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import { plural } from './alerts-check.ts';
import { prometheusMajor, prometheusOption, publishJson } from './alerts-replay.ts';
import type { CommandContext } from './commands.ts';
import { checkReportOptions } from './report-options.ts';
import { type GlobalOptions, type Shell, textWidth, wantsColor } from './shell.ts';

export interface RuleTestOptions {
  readonly prometheus?: string;
  readonly json?: string;
  readonly junit?: string;
  readonly verbose?: boolean;
}

export function defineRuleTests(command: Command, context: CommandContext): void {
  command
    .description(
      "Runs promtool's rule unit-test files, unchanged. Exit code 0 is pass, 1 is fail, 65 a file that cannot be read.",
    )
    .argument('<file...>', 'unit-test files, as for promtool test rules')
    .addOption(prometheusOption())
    .option('--json <file>', 'write every test as JSON; - is standard output')
    .option('--junit <file>', 'write the tests as JUnit XML')
    .option('--verbose', 'show tests that pass as well')
    .addHelpText(
      'after',
      '\nExample:\n  $ golem alerts test observability/prometheus/shadow-diff-alerts.test.yml --json -',
    )
    .action(async (files: string[], options: RuleTestOptions) => {
      context.finish(await runRuleTests(files, options, context.globals(), context.shell));
    });
}

/** Runs the files' tests and shows them; resolves to the exit code. */
export async function runRuleTests(
  files: readonly string[],
  options: RuleTestOptions,
  globals: GlobalOptions,
  shell: Shell,
): Promise<number> {
  checkReportOptions(options);
  const { readUnitTests } = await import('../alerts/read-files.ts');
  const { runUnitTests, untestedAlerts } = await import('../alerts/unit-test.ts');
  const { renderRuleTests, renderRuleTestsJunit } = await import('../report/rule-tests.ts');
  const read = files.map((file) =>
    readUnitTests(resolve(file) === resolve(shell.cwd, file) ? file : resolve(shell.cwd, file)),
  );
  const reports = read.map(({ file, rules }) =>
    runUnitTests(file, rules, prometheusMajor(options.prometheus)),
  );
  const tests = reports.flatMap((report) => report.tests);
  const errors = reports.flatMap((report) => report.errors);
  const untested = untestedAlerts(
    read.map(({ file }) => file),
    read.flatMap(({ rules }) => rules),
  );
  const unmatched = read.flatMap((one) => one.unmatched.map((pattern) => ({ file: one.file.file, pattern })));
  const failed = tests.filter(({ passed }) => !passed).length;
  const isGreen = failed === 0 && errors.length === 0;
  const summary =
    `golem: ${isGreen ? 'pass' : 'fail'} · ${plural(files.length, 'file')}, ${plural(tests.length, 'test')}, ` +
    `${failed} failed, ${plural(untested.length, 'alert')} untested`;
  const reader = options.json === '-' ? shell.stderr : shell.stdout;
  reader.write(
    renderRuleTests(
      { tests, errors, untested, unmatched, summary },
      {
        width: textWidth(reader, shell.env),
        color: wantsColor(reader, shell.env, globals),
        verbose: options.verbose ?? false,
      },
    ),
  );
  if (options.json !== undefined) await publishJson({ tests }, options.json, shell);
  if (options.junit !== undefined) {
    const { writeAside } = await import('./write-aside.ts');
    await writeAside(resolve(shell.cwd, options.junit), renderRuleTestsJunit(tests, summary), options.junit);
  }
  return isGreen ? EXIT.pass : EXIT.fail;
}
