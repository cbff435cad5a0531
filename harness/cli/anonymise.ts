/**
 * `golem anonymise`: an old recording without anything personal, or a look through recordings for what still is. This
 * file reads options and shows what was done; what is personal is the recording folder's to say.
 */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { GolemConfig } from '../config.ts';
import { EXIT, GolemError } from '../errors.ts';
import { shellQuote } from '../recording/look.ts';
import type { PrivacyRules } from '../recording/privacy/rules.ts';
import { countOf, formatNumber } from '../gate/rows.ts';
import { plainText } from '../report/display-text.ts';
import type { CommandContext } from './commands.ts';
import type { LoadedConfig } from './load-config.ts';
import { startProgress } from './progress.ts';
import type { GlobalOptions, Shell } from './shell.ts';

export interface AnonymiseCommandOptions {
  readonly out?: string;
  readonly check?: boolean;
  readonly overwrite?: boolean;
  readonly onBadLine: 'fail' | 'skip';
}

/** What the command reaches outside for; tests put their own in its place. */
export interface AnonymiseDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
}

const DOORS: AnonymiseDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
};

/** Places shown; the rest are counted. */
const MOST_PLACES = 20;

export function defineAnonymise(command: Command, context: CommandContext): void {
  command
    .description(
      'Writes a recording without anything personal: pseudonyms under the key in GOLEM_PSEUDONYM_KEY for users, keys ' +
        'and ids, tags for what people wrote, nothing that the migration does not list. With --check it writes ' +
        'nothing and exits 65 when something in the recordings still looks personal.',
    )
    .argument('<recording...>', 'recordings: .ndjson, .ndjson.gz or .ndjson.zst; one, unless with --check')
    .option('--out <file>', 'the recording to write, compressed as its name says')
    .option('--check', 'only look for what still looks personal')
    .option('--overwrite', 'take the place of a recording of that name')
    .addOption(
      new Option(
        '--on-bad-line <what>',
        'a line that does not parse ends the run, or is counted and left out',
      )
        .choices(['fail', 'skip'])
        .default('fail'),
    )
    .addHelpText(
      'after',
      '\nExample:\n' +
        '  $ export GOLEM_PSEUDONYM_KEY="$(openssl rand -base64 32)"\n' +
        '  $ golem anonymise september.ndjson.zst --out fixtures/september/recording.ndjson\n' +
        '  $ golem anonymise --check fixtures/september/recording.ndjson',
    );
  command.action(async (recordings: string[], options: AnonymiseCommandOptions) => {
    context.finish(await runAnonymiseCommand(recordings, options, context.globals(), context.shell));
  });
}

/** Anonymises or checks; resolves to the exit code. */
export async function runAnonymiseCommand(
  recordings: readonly string[],
  options: AnonymiseCommandOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: AnonymiseDoors = DOORS,
): Promise<number> {
  const file = options.check ? null : onlyRecording(recordings, options);
  const { config } = await doors.loadConfig(globals.config, shell.cwd);
  return file === null ? checkAll(recordings, config, shell) : anonymiseOne(file, options, config, shell);
}

/** The one recording to anonymise. Throws a usage error for several, or when it is not said where to. */
function onlyRecording(recordings: readonly string[], options: AnonymiseCommandOptions): string {
  const refuse = (reason: string): GolemError =>
    new GolemError({
      kind: 'usage',
      verb: 'run',
      subject: 'golem anonymise',
      reason,
      next: 'golem anonymise --help',
    });
  const [file] = recordings;
  if (options.out === undefined) throw refuse('it needs --out FILE, or --check to write nothing');
  if (file === undefined || recordings.length > 1)
    throw refuse(`it writes one recording at a time, got ${recordings.length}`);
  return file;
}

function rulesOf({ migration }: GolemConfig): PrivacyRules {
  if (migration.privacy !== undefined) return migration.privacy;
  throw new GolemError({
    kind: 'usage',
    verb: 'anonymise for the migration',
    subject: migration.name,
    reason: 'it does not say what of a write a recording may hold; its member "privacy" would',
  });
}

async function anonymiseOne(
  file: string,
  options: AnonymiseCommandOptions,
  config: GolemConfig,
  shell: Shell,
): Promise<number> {
  const rules = rulesOf(config);
  const { readPseudonymKey } = await import('../recording/privacy/pseudonym.ts');
  const key = readPseudonymKey(shell.env);
  const { createRedactor } = await import('../recording/privacy/redactor.ts');
  const { anonymise } = await import('../recording/privacy/anonymise.ts');
  const outFile = options.out ?? '';
  const progress = startProgress(shell);
  const stop = new AbortController();
  // Until the work has ended by itself the interruption waits, so that no unfinished file stays.
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  shell.onInterrupt(async () => {
    stop.abort();
    await ended;
    return EXIT.interrupted;
  });
  try {
    const done = await anonymise({
      file: resolve(shell.cwd, file),
      outFile: resolve(shell.cwd, outFile),
      overwrite: options.overwrite ?? false,
      redactor: createRedactor({ key, rules, names: config.privacy?.names ?? [] }),
      onBadLine: options.onBadLine,
      readOn: `golem anonymise ${shellQuote(file)} --out ${shellQuote(outFile)} --on-bad-line skip`,
      signal: stop.signal,
      progress: (records) => progress.show(`anonymising ${file}: ${countOf(records, 'record')}`),
    });
    progress.clear();
    if (done.already)
      shell.stdout.write('the recording says it is anonymised: its pseudonyms and tags stay\n');
    if (done.found.size > 0) shell.stdout.write(`taken out of texts: ${renderKinds(done.found)}\n`);
    const left = done.badLines === 0 ? '' : `, ${countOf(done.badLines, 'bad line')} left out`;
    shell.stdout.write(
      `golem: anonymised · ${countOf(done.records, 'record')}, ${countOf(done.users, 'user')}, ` +
        `${countOf(done.texts, 'text')} scrubbed${left}, in ${plainText(outFile)}\n`,
    );
    return EXIT.pass;
  } finally {
    progress.clear();
    end();
  }
}

async function checkAll(files: readonly string[], config: GolemConfig, shell: Shell): Promise<number> {
  const { checkRecording, createChecker, KIND_WORDS } = await import('../recording/privacy/check.ts');
  const { createSearch } = await import('../recording/privacy/find-personal.ts');
  const search = createSearch({
    names: config.privacy?.names ?? [],
    harmless: config.migration.privacy?.harmless ?? [],
  });
  const checker = createChecker(search);
  const progress = startProgress(shell);
  const kinds = new Map<string, number>();
  let [records, count, shown, guilty] = [0, 0, 0, 0];
  try {
    for (const file of files) {
      const checked = await checkRecording(resolve(shell.cwd, file), {
        checker,
        most: MOST_PLACES - shown,
        progress: (read) => progress.show(`checking ${file}: ${countOf(read, 'record')}`),
      });
      progress.clear();
      for (const { line, field, kind } of checked.findings)
        shell.stdout.write(`${plainText(file)}:${line}:${field}  ${KIND_WORDS[kind]} (${kind})\n`);
      for (const [kind, times] of checked.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + times);
      records += checked.records;
      count += checked.count;
      shown += checked.findings.length;
      guilty += checked.count > 0 ? 1 : 0;
    }
  } finally {
    progress.clear();
  }
  const of = `${countOf(files.length, 'recording')}, ${countOf(records, 'record')}`;
  if (count === 0) {
    shell.stdout.write(`golem: clean · nothing looks personal in ${of}\n`);
    return EXIT.pass;
  }
  if (count > shown) shell.stdout.write(`… and ${formatNumber(count - shown)} more\n`);
  shell.stdout.write(
    `golem: refused · ${countOf(count, 'value')} in ${formatNumber(guilty)} of ${of}: ${renderKinds(kinds)}\n`,
  );
  return EXIT.data;
}

/** `mail 3, phone 12`, in alphabetical order. */
function renderKinds(kinds: ReadonlyMap<string, number>): string {
  return [...kinds]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, count]) => `${kind} ${formatNumber(count)}`)
    .join(', ');
}
