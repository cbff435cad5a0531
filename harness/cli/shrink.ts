/**
 * `golem shrink`: the smallest recording that still shows the same, as a fixture. This file reads the command's
 * options and shows what was left; finding it is `run/shrink.ts`'.
 */
import { join, relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { GolemConfig } from '../config.ts';
import { EXIT, GolemError } from '../errors.ts';
import { pathSegment } from '../golden/case-key.ts';
import { shellQuote } from '../recording/look.ts';
import type { Fixture, FixtureOptions } from '../run/shrink/fixture.ts';
import type { Wanted } from '../run/shrink/wanted.ts';
import type { Shrunk, ShrinkOptions } from '../run/shrink.ts';
import type { CommandContext } from './commands.ts';
import type { LoadedConfig } from './load-config.ts';
import { didYouMean } from './nearest.ts';
import { startProgress } from './progress.ts';
import { parseFlags } from './replay.ts';
import { type GlobalOptions, isContinuousIntegration, type Shell, textWidth } from './shell.ts';

const COMMAND = 'golem shrink';

export interface ShrinkCommandOptions {
  readonly case?: string;
  readonly breach?: string;
  readonly alert?: string;
  readonly cause?: string;
  readonly out?: string;
  readonly maxRuns: string;
  readonly flags: readonly string[];
  readonly seed?: string;
  readonly overwrite?: boolean;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface ShrinkDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly shrink: (options: ShrinkOptions) => Promise<Shrunk>;
  readonly writeFixture: (shrunk: Shrunk, options: FixtureOptions) => Promise<Fixture>;
}

const DOORS: ShrinkDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  shrink: async (options) => (await import('../run/shrink.ts')).shrink(options),
  writeFixture: async (...asked) => (await import('../run/shrink/fixture.ts')).writeFixture(...asked),
};

export function defineShrink(command: Command, context: CommandContext): void {
  command
    .description(
      'Finds the smallest recording that still shows the same breach, alert or changed case: fewer users, days and ' +
        'records, then fewer and simpler things inside them. The result is a fixture, with its golden files where it ' +
        'lies among the fixtures of the config.',
    )
    .argument('<recording>', 'a recording: .ndjson, .ndjson.gz or .ndjson.zst')
    .option('--breach <field>', 'a breach of this field: FIELD, record/FIELD or day/FIELD')
    .option('--case <id>', 'what changed in a case, or its breaches: USER/YYYY-MM-DD')
    .option('--alert <name>', 'an alert that fires: NAME, or RULESET/NAME')
    .option('--cause <id>', 'with --breach: only breaches of this cause, as reports name it')
    .option('--out <folder>', 'where to (default: a folder named after it below shrunk/ among the fixtures)')
    .option('--max-runs <n>', 'replays at most', '200')
    .addOption(
      new Option('--flags <name=value>', 'a flag of the migration; may be repeated')
        .argParser((text: string, before: readonly string[]) => [...before, ...text.split(',')])
        .default([], 'the settings.base of the config'),
    )
    .option('--seed <text>', "what the replay's ids are made from (default: the config's)")
    .option('--overwrite', 'take the place of a recording in that folder')
    .addHelpText(
      'after',
      '\nExample:\n  $ golem shrink september.ndjson.zst --alert legacy/ShadowDiffBreachBurst',
    )
    .action(async (recording: string, options: ShrinkCommandOptions) => {
      context.finish(await runShrinkCommand(recording, options, context.globals(), context.shell));
    });
}

/** Shrinks, writes the fixture and shows what is left; resolves to the exit code. */
export async function runShrinkCommand(
  recording: string,
  options: ShrinkCommandOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: ShrinkDoors = DOORS,
): Promise<number> {
  const most = parseRuns(options.maxRuns);
  const { config, root } = await doors.loadConfig(globals.config, shell.cwd);
  const wanted = await parseWanted(options, config);
  const folder = resolve(shell.cwd, options.out ?? join(root, config.fixtures, 'shrunk', nameOf(wanted)));
  const overwrite = options.overwrite ?? false;
  const { recordingIn } = await import('../run/shrink/fixture.ts');
  recordingIn(folder, overwrite);
  const flags = { ...config.settings.base, ...parseFlags(options.flags, config.migration) };
  const seed = options.seed ?? config.seed;
  const progress = startProgress(shell);
  try {
    const from = relative(shell.cwd, resolve(shell.cwd, recording)) || recording;
    const shrunk = await doors.shrink({
      config,
      root,
      recording: from,
      wanted,
      flags,
      seed,
      most,
      progress: progress.show,
    });
    const ci = isContinuousIntegration(shell.env);
    const fixture = await doors.writeFixture(shrunk, { config, root, folder, from, seed, overwrite, ci });
    progress.clear();
    const { renderShrink } = await import('../report/shrink-report.ts');
    const report = { ...shrunk, ...shownOf(fixture, shrunk, { root, cwd: shell.cwd, options, seed, ci }) };
    shell.stdout.write(renderShrink(report, textWidth(shell.stdout, shell.env)));
    return EXIT.pass;
  } finally {
    progress.clear();
  }
}

/** What to show of a fixture: files as seen from here, commands, the line for the config. */
function shownOf(
  { recording, suite, golden }: Fixture,
  { defect, signature }: Shrunk,
  at: {
    readonly root: string;
    readonly cwd: string;
    readonly options: ShrinkCommandOptions;
    readonly seed: string;
    readonly ci: boolean;
  },
) {
  const seen = (file: string): string => {
    const below = relative(at.cwd, file);
    return below.startsWith('..') ? file : below;
  };
  const flags = at.options.flags.map((text) => `--flags ${text}`);
  const replay = [
    'npm run replay --',
    shellQuote(seen(recording)),
    ...flags,
    `--seed ${shellQuote(at.seed)}`,
  ].join(' ');
  const notes = [
    ...(suite !== null && !suite.listed
      ? ['paste the line among the suites of the config; its limits hold what is shown']
      : []),
    ...(golden.length > 0 && signature.kind === 'golden'
      ? ['the golden files hold what is seen now; under the code before the change this fixture is red']
      : []),
    ...(suite !== null && at.ci ? ['in CI no golden file is written; accept on your machine'] : []),
    ...(defect === null
      ? []
      : [`replayed under the defect ${defect}, so a suite of it must fail and says by what`]),
  ];
  return {
    files: [seen(recording), ...golden.map((file) => seen(join(at.root, file)))],
    again: [
      ...(defect === null ? [replay] : []),
      ...(suite === null ? [] : [`npm run test:golem -- ${suite.name}`]),
    ],
    line: suite === null || suite.listed ? '' : suite.line,
    notes,
  };
}

/** Reads which of the three is wanted; none, two, or one that cannot be meant is a usage error. */
async function parseWanted(options: ShrinkCommandOptions, config: GolemConfig): Promise<Wanted> {
  const given = (['case', 'breach', 'alert'] as const).filter((name) => options[name] !== undefined);
  const refuse = (subject: string, reason: string): GolemError =>
    new GolemError({ kind: 'usage', verb: 'shrink to', subject, reason, next: `${COMMAND} --help` });
  if (given.length !== 1) {
    const shown = given.length === 0 ? 'nothing' : given.map((name) => `--${name}`).join(' ');
    throw refuse(shown, 'expected one of --case, --breach and --alert');
  }
  if (options.cause !== undefined && options.breach === undefined) {
    throw refuse(`--cause ${options.cause}`, 'only --breach has causes');
  }
  if (options.breach !== undefined) return parseBreach(options.breach, options.cause ?? null, config, refuse);
  if (options.alert !== undefined) {
    const [alert = '', ruleset] = options.alert
      .replace(/^alert\//, '')
      .split('/')
      .reverse();
    return { kind: 'alert', ruleset: ruleset ?? null, alert };
  }
  const { parseCase } = await import('../run/shrink/wanted.ts');
  const wanted = parseCase(options.case ?? '');
  if (!wanted) throw refuse(`--case ${options.case}`, 'expected USER/YYYY-MM-DD, such as u-aoi/2025-09-01');
  return wanted;
}

function parseBreach(
  text: string,
  cause: string | null,
  { migration }: GolemConfig,
  refuse: (subject: string, reason: string) => GolemError,
): Wanted {
  const [field = '', level = null, ...rest] = text
    .replace(/^breach\//, '')
    .split('/')
    .reverse();
  const known = migration.fields.map(({ name }) => name);
  if (!known.includes(field)) {
    throw refuse(
      `--breach ${text}`,
      `no field is called "${field}"${didYouMean(field, known)}; there are ${known.join(', ')}`,
    );
  }
  if ((level !== null && level !== 'record' && level !== 'day') || rest.length > 0) {
    throw refuse(`--breach ${text}`, 'expected a field, record/FIELD or day/FIELD');
  }
  return { kind: 'breach', field, level, cause };
}

/** A folder's name that says what it shows. */
function nameOf(wanted: Wanted): string {
  switch (wanted.kind) {
    case 'breach':
      return pathSegment(
        [wanted.level, wanted.field, wanted.cause].filter((part) => part !== null).join('-'),
      );
    case 'case':
      return `${wanted.user}-${wanted.date}`;
    case 'alert':
      return pathSegment([wanted.ruleset, wanted.alert].filter((part) => part !== null).join('-'));
  }
}

function parseRuns(text: string): number {
  const runs = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (runs >= 3) return runs;
  throw new GolemError({
    kind: 'usage',
    verb: 'read',
    subject: `--max-runs ${text}`,
    reason: 'expected a whole number of 3 or more',
    next: `${COMMAND} --help`,
  });
}
