/**
 * The options by which a command that gives a verdict also leaves it in files and with GitHub. Shared by such
 * commands so that they are named, and behave, the same everywhere.
 */
import { appendFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT, GolemError } from '../errors.ts';
import type { Report } from '../report/shape.ts';
import { type GlobalOptions, type Output, type Shell, textWidth, wantsColor } from './shell.ts';
import { writeAside } from './write-aside.ts';

export interface ReportOptions {
  /** Path of the report JSON; `-` is standard output, which then carries nothing else. */
  readonly json?: string;
  /** Path of the JUnit XML. */
  readonly junit?: string;
  /** Annotations and a job summary; by default where GITHUB_ACTIONS says that GitHub runs this. */
  readonly github?: boolean;
  readonly verbose?: boolean;
}

/** Adds the options to a command. */
export function addReportOptions(command: Command): Command {
  return command
    .option('--json <file>', 'write the report as JSON; - is standard output')
    .option('--junit <file>', 'write the checks as JUnit XML')
    .option('--github', 'write annotations and the job summary (default: on GitHub Actions)')
    .option('--no-github', 'write none of them')
    .option('--verbose', 'show every check, finding and difference');
}

/** Refuses, before any work is done, files that could not be written as asked. */
export function checkReportOptions({ json, junit }: ReportOptions): void {
  const refuse = (subject: string, reason: string): GolemError =>
    new GolemError({ kind: 'usage', verb: 'write', subject, reason });
  if (junit === '-') throw refuse('--junit -', 'only --json can go to standard output');
  if (json !== undefined && junit !== undefined && resolve(json) === resolve(junit)) {
    throw refuse(`--json ${json} --junit ${junit}`, 'one file cannot hold both');
  }
}

/**
 * Shows the report to the reader and writes the files asked for; resolves to the report's exit code. The last line
 * of standard output is the verdict, or the whole of it is JSON under `--json -`.
 */
export async function publishReport(
  report: Report,
  options: ReportOptions,
  globals: GlobalOptions,
  shell: Shell,
): Promise<number> {
  assertHonest(report);
  const jsonOnly = options.json === '-';
  const reader: Output = jsonOnly ? shell.stderr : shell.stdout;
  const github = options.github ?? shell.env.GITHUB_ACTIONS === 'true';
  if (github) await publishToGitHub(report, reader, shell);
  const { renderTerminal } = await import('../report/terminal.ts');
  const page = { width: textWidth(reader, shell.env), color: wantsColor(reader, shell.env, globals) };
  reader.write(renderTerminal(report, { ...page, verbose: options.verbose ?? false }));
  if (options.json !== undefined) {
    const { renderJson } = await import('../report/json.ts');
    const text = renderJson(report);
    if (jsonOnly) shell.stdout.write(text);
    else await writeAside(resolve(shell.cwd, options.json), text, options.json);
  }
  if (options.junit !== undefined) {
    const { renderJunit } = await import('../report/junit.ts');
    await writeAside(resolve(shell.cwd, options.junit), renderJunit(report), options.junit);
  }
  return report.exit;
}

/** A verdict that its own rows contradict must not reach anyone: that is golem's own fault. */
function assertHonest(report: Report): void {
  if (report.exit !== EXIT[report.verdict]) {
    throw new Error(`the verdict ${report.verdict} came with exit code ${report.exit}`);
  }
  const red = report.rows.filter(({ passed }) => !passed).length;
  if (report.verdict === 'pass' && red > 0) throw new Error(`the verdict pass came with ${red} red checks`);
  if (report.verdict === 'pass' && report.rows.length === 0)
    throw new Error('the verdict pass came without a check');
}

/** A verdict stands even where GitHub's summary file cannot be written, so that is only said. */
async function publishToGitHub(report: Report, reader: Output, shell: Shell): Promise<void> {
  const { renderAnnotations } = await import('../report/github-annotations.ts');
  reader.write(renderAnnotations(report));
  const summaryFile = shell.env.GITHUB_STEP_SUMMARY ?? '';
  if (summaryFile === '') return;
  const { renderSummary } = await import('../report/github-summary.ts');
  try {
    await appendFile(summaryFile, renderSummary(report));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    shell.stderr.write(`golem: the job summary could not be written: ${reason}\n`);
  }
}
