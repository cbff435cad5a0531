/**
 * `golem golden`: what changed against the accepted outcomes, accepting it with a reason, clearing away what belongs
 * to nothing. This file reads options and words the result; comparing and writing are the golden folder's.
 */
import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import type { AcceptedGolden, GoldenStatus, GoldenWork, PrunedGolden } from '../golden/commands.ts';
import type { CommandContext } from './commands.ts';
import { type LoadedConfig, loadConfig } from './load-config.ts';
import { startProgress } from './progress.ts';
import { type GlobalOptions, isContinuousIntegration, type Shell } from './shell.ts';
import { parseStoreChoice, STORE_HELP } from './store-choice.ts';

interface GoldenOptions {
  readonly store?: string;
}

interface AcceptOptions extends GoldenOptions {
  readonly reason: string;
}

/** Lines that one listing shows before it counts the rest. */
const LISTED = 40;

export function defineGolden(command: Command, context: CommandContext): void {
  command.description(
    'The accepted outcomes: see what changed, accept it, clear away what belongs to nothing.',
  );
  const run = (work: (golden: GoldenRun) => Promise<number>, options: GoldenOptions): Promise<void> =>
    withGolden(options, context.globals(), context.shell, work).then(context.finish);

  command
    .command('status')
    .description(
      'Replays every suite and lists the cases whose outcome is not the accepted one. Exit code 1 if any.',
    )
    .option('--store <store>', `${STORE_HELP} (default: the config's)`)
    .addHelpText('after', '\nExample:\n  $ golem golden status')
    .action((options: GoldenOptions) => run(showStatus, options));
  command
    .command('accept')
    .description('Replays, and makes what was seen the accepted outcome of these cases. Refuses in CI.')
    .argument('[case...]', "cases such as 'everyday/*' or everyday/u-aoi/2025-09-01; all when none is named")
    .requiredOption('--reason <text>', 'why the outcomes changed; it is kept in the files')
    .option('--store <store>', `${STORE_HELP} (default: the config's)`)
    .addHelpText(
      'after',
      `\nExample:\n  $ golem golden accept 'everyday/*' --reason "oil absorption 10% → 8%"`,
    )
    .action((patterns: string[], options: AcceptOptions) =>
      run((golden) => accept(golden, patterns, options.reason), options),
    );
  command
    .command('prune')
    .description('Removes golden files that belong to no replayed case, and pending files. Refuses in CI.')
    .option('--store <store>', `${STORE_HELP} (default: the config's)`)
    .addHelpText('after', '\nExample:\n  $ golem golden prune')
    .action((options: GoldenOptions) => run(prune, options));
}

interface GoldenRun {
  readonly work: GoldenWork;
  readonly ci: boolean;
  readonly print: (line: string) => void;
}

async function withGolden(
  options: GoldenOptions,
  globals: GlobalOptions,
  shell: Shell,
  work: (golden: GoldenRun) => Promise<number>,
): Promise<number> {
  const store = options.store === undefined ? null : parseStoreChoice(options.store);
  const { config, root }: LoadedConfig = await loadConfig(globals.config, shell.cwd);
  const ci = isContinuousIntegration(shell.env);
  const progress = startProgress(shell);
  const { currentDocuments } = await import('../pipeline.ts');
  try {
    return await work({
      ci,
      print: (line) => {
        progress.clear();
        shell.stdout.write(`${line}\n`);
      },
      work: {
        root,
        goldenDir: config.golden,
        suites: config.suites,
        currentDocuments: currentDocuments({
          config,
          root,
          store: store ?? { kind: config.store },
          seed: config.seed,
          ci,
          progress: progress.show,
        }),
      },
    });
  } finally {
    progress.clear();
  }
}

async function showStatus({ work, print }: GoldenRun): Promise<number> {
  const { goldenStatus } = await import('../golden/commands.ts');
  const status: GoldenStatus = await goldenStatus(work);
  for (const finding of status.findings.slice(0, LISTED)) {
    print(`${finding.code}  ${finding.subject}`);
    print(`  ${finding.detail}`);
    print(`  run: ${finding.remedy}`);
  }
  if (status.findings.length > LISTED) print(`and ${status.findings.length - LISTED} more`);
  const { matched, changed, missing, orphaned, damaged, pending } = status.total;
  print(
    `golem: golden ${status.clean ? 'clean' : 'not clean'} · ${matched} matched, ${changed} changed, ` +
      `${missing} missing, ${orphaned} orphaned, ${damaged} damaged, ${pending} pending left behind`,
  );
  return status.clean ? EXIT.pass : EXIT.fail;
}

async function accept(
  { work, ci, print }: GoldenRun,
  patterns: readonly string[],
  reason: string,
): Promise<number> {
  const { acceptGolden } = await import('../golden/commands.ts');
  const { accepted, unchanged }: AcceptedGolden = await acceptGolden({ ...work, patterns, reason, ci });
  for (const { file, was } of accepted.slice(0, LISTED)) print(`${was.padEnd(8)} ${file}`);
  if (accepted.length > LISTED) print(`and ${accepted.length - LISTED} more`);
  print(`golem: accepted ${accepted.length} cases, ${unchanged} unchanged; review with git diff`);
  return EXIT.pass;
}

async function prune({ work, ci, print }: GoldenRun): Promise<number> {
  const { pruneGolden } = await import('../golden/commands.ts');
  const { removed }: PrunedGolden = await pruneGolden({ ...work, ci });
  for (const file of removed.slice(0, LISTED)) print(`removed  ${file}`);
  if (removed.length > LISTED) print(`and ${removed.length - LISTED} more`);
  print(`golem: removed ${removed.length} files; review with git status`);
  return EXIT.pass;
}
