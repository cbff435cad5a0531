/**
 * `golem explain`: why a write's or a day's two outcomes differ, stage by stage. This file reads the command's options
 * and shows the explanation; finding and explaining are elsewhere.
 */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { EXIT, GolemError } from '../errors.ts';
import type { Explanation, ExplainOptions, NotFound } from '../run/explain.ts';
import type { CommandContext } from './commands.ts';
import type { LoadedConfig } from './load-config.ts';
import { nearest } from './nearest.ts';
import { startProgress } from './progress.ts';
import { parseFlags } from './replay.ts';
import { type GlobalOptions, type Output, type Shell, textWidth, wantsColor } from './shell.ts';

export interface ExplainCommandOptions {
  readonly recording: readonly string[];
  readonly flags: readonly string[];
  readonly seed?: string;
  readonly json?: string;
  readonly verbose?: boolean;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface ExplainDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly explain: (options: ExplainOptions) => Promise<Explanation | NotFound>;
}

const DOORS: ExplainDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  explain: async (options) => (await import('../run/explain.ts')).explain(options),
};

export function defineExplain(command: Command, context: CommandContext): void {
  command
    .description(
      'Shows both paths of a write side by side, stage by stage: where they part and what each stage adds to the ' +
        "difference. Of a user's day it shows what each record adds, and the stages of the record that adds most.",
    )
    .argument('<subject>', 'suite/user/record, or suite/user/date; user/record or user/date of --recording')
    .addOption(
      new Option(
        '--recording <file>',
        "a recording to look in instead of the config's suites; may be repeated",
      )
        .argParser((text: string, before: readonly string[]) => [...before, text])
        .default([], 'none'),
    )
    .addOption(
      new Option('--flags <name=value>', 'a flag of the migration; may be repeated')
        .argParser((text: string, before: readonly string[]) => [...before, ...text.split(',')])
        .default([], 'the settings.base of the config'),
    )
    .option('--seed <text>', "what the replay's ids are made from (default: the config's)")
    .option('--json <file>', 'write the explanation as JSON; - is standard output')
    .option('--verbose', 'every stage of every record')
    .addHelpText(
      'after',
      '\nExamples:\n  $ golem explain edges/u-guard-ja/r0013' +
        '\n  $ golem explain edges/u-guard-ja/2025-09-03 --verbose' +
        '\n  $ golem explain u-17/2025-09-03 --recording september.ndjson.zst --json -',
    );
  command.action(async (subject: string, options: ExplainCommandOptions) => {
    context.finish(await runExplainCommand(subject, options, context.globals(), context.shell));
  });
}

/** Explains and shows; resolves to the exit code. A name that is not there is a usage error with the nearest one. */
export async function runExplainCommand(
  subject: string,
  options: ExplainCommandOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: ExplainDoors = DOORS,
): Promise<number> {
  const { config, root } = await doors.loadConfig(globals.config, shell.cwd);
  const progress = startProgress(shell);
  const flags = { ...config.settings.base, ...parseFlags(options.flags, config.migration) };
  const ask = (asked: string): Promise<Explanation | NotFound> =>
    doors.explain({
      config,
      root,
      subject: asked,
      recordings: options.recording.length === 0 ? null : options.recording,
      cwd: shell.cwd,
      flags,
      seed: options.seed ?? config.seed,
    });
  let explained: Explanation | NotFound;
  try {
    progress.show(`looking for ${subject}`);
    explained = await ask(subject);
    if ('missing' in explained) throw notFound(subject, explained, await meant(subject, explained, ask));
  } finally {
    progress.clear();
  }
  const jsonOnly = options.json === '-';
  const reader: Output = jsonOnly ? shell.stderr : shell.stdout;
  const { renderExplanation } = await import('../report/explanation-text.ts');
  const page = { width: textWidth(reader, shell.env), color: wantsColor(reader, shell.env, globals) };
  reader.write(renderExplanation(explained, { ...page, verbose: options.verbose ?? false }));
  if (options.json !== undefined) {
    const text = `${JSON.stringify(explained, null, 2)}\n`;
    if (jsonOnly) shell.stdout.write(text);
    else
      await (await import('./write-aside.ts')).writeAside(
        resolve(shell.cwd, options.json),
        text,
        options.json,
      );
  }
  return EXIT.pass;
}

/** Names told when none is near. */
const NAMES_TOLD = 5;

function notFound(subject: string, { missing, known }: NotFound, near: string | null): GolemError {
  const some = known.slice(0, NAMES_TOLD).join(', ');
  const told = known.length === 0 ? '; the recording has no records' : `; there are ${some}`;
  const more = known.length > NAMES_TOLD ? ` and ${known.length - NAMES_TOLD} more` : '';
  return new GolemError({
    kind: 'usage',
    verb: 'explain',
    subject,
    reason: `there is no such ${missing}${near === null ? `${told}${more}` : `, did you mean "${near}"`}`,
    next: 'golem explain --help',
  });
}

/** What was probably meant, asked for until it is there: suite, user and record may each be mistyped. */
async function meant(
  subject: string,
  found: NotFound,
  ask: (subject: string) => Promise<Explanation | NotFound>,
): Promise<string | null> {
  const near = nearestTo(subject, found);
  if (near === null || found.missing === 'day or record') return near;
  const next = await ask(near);
  return 'missing' in next ? meant(near, next, ask) : near;
}

function nearestTo(subject: string, { missing, known, user }: NotFound): string | null {
  if (missing === 'suite') return nearestSuite(subject, known);
  if (user === undefined) return nearest(subject, known);
  const name = nearest(user.name, known);
  return name === null ? null : `${user.before}${name}${user.after}`;
}

/** A suite is the beginning of what was asked for, as many steps of it as the suite's name has. */
function nearestSuite(subject: string, suites: readonly string[]): string | null {
  const steps = subject.split('/');
  for (const count of new Set(suites.map((name) => name.split('/').length))) {
    const alike = suites.filter((name) => name.split('/').length === count);
    const found = nearest(steps.slice(0, count).join('/'), alike);
    if (found !== null) return [found, ...steps.slice(count)].join('/');
  }
  return null;
}
