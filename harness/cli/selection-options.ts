/**
 * The options that say which records of the recordings a run takes. A file of its own because every command that
 * replays recordings for a verdict takes them, and refuses them alike.
 */
import { type Command, Option } from 'commander';
import { GolemError } from '../errors.ts';
import type { Selection, Share } from '../recording/selection.ts';
import { SAMPLE_STEPS } from '../recording/user-key.ts';
import { type Clause, parseClause, WHERE_FORM } from '../recording/where.ts';

export interface SelectionOptions {
  readonly sample?: string;
  readonly stratify?: 'records';
  readonly since?: string;
  readonly until?: string;
  readonly users?: string;
  readonly where: readonly string[];
  readonly shard?: string;
}

/** Adds the options to a command. */
export function addSelectionOptions(command: Command): Command {
  return command
    .option(
      '--sample <share>',
      'this share of the users, whole, such as 10%; a smaller one lies within a larger',
    )
    .addOption(
      new Option(
        '--stratify <by>',
        'take the share of each kind of users: by how many records they have',
      ).choices(['records']),
    )
    .option('--since <date>', 'from this local day on, such as 2025-09-01')
    .option('--until <date>', 'up to this local day and with it')
    .option('--users <names>', 'only these users, comma between them')
    .addOption(
      new Option('--where <clause>', `only users with a record like this: ${WHERE_FORM}; may be repeated`)
        .argParser((text: string, before: readonly string[]) => [...before, text])
        .default([], 'none'),
    )
    .option('--shard <i/n>', 'only the i-th of n disjoint sets of users, for a tally to merge');
}

/** Reads the options; `seed` is what the sample is drawn with. Throws a usage error for one that means nothing. */
export function readSelection(options: SelectionOptions, seed: string): Selection {
  const sample = options.sample === undefined ? null : readSample(options.sample);
  if (options.stratify !== undefined && sample === null)
    throw refuse('--stratify', options.stratify, 'it needs a --sample smaller than 100%');
  const [since, until] = [readDate(options.since, '--since'), readDate(options.until, '--until')];
  if (since !== null && until !== null && since > until)
    throw refuse('--until', until, `it lies before --since ${since}`);
  return {
    seed,
    sample,
    stratify: options.stratify ?? null,
    users: options.users === undefined ? null : readUsers(options.users),
    since,
    until,
    where: options.where.map(readClause),
    shard: options.shard === undefined ? null : readShard(options.shard),
  };
}

/** Ten-thousandths; null for all of it. */
function readSample(text: string): number | null {
  const steps = /^\d{1,3}(\.\d{1,2})?%$/.test(text)
    ? Math.round((Number(text.slice(0, -1)) * SAMPLE_STEPS) / 100)
    : Number.NaN;
  if (!(steps >= 1 && steps <= SAMPLE_STEPS))
    throw refuse('--sample', text, 'expected a share from 0.01% to 100%, such as 10%');
  return steps === SAMPLE_STEPS ? null : steps;
}

function readDate(text: string | undefined, option: string): string | null {
  if (text === undefined) return null;
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  // A day that no calendar has comes back as another one, or as none.
  const atMs = isDate ? Date.parse(`${text}T00:00:00.000Z`) : Number.NaN;
  if (Number.isNaN(atMs) || new Date(atMs).toISOString().slice(0, 10) !== text)
    throw refuse(
      option,
      text,
      'expected a day such as 2025-09-01: days are taken whole, by the local time of the recording',
    );
  return text;
}

function readUsers(text: string): string[] {
  const users = text
    .split(',')
    .map((user) => user.trim())
    .filter((user) => user !== '');
  if (users.length === 0) throw refuse('--users', text, 'expected names with commas between them');
  return [...new Set(users)].sort();
}

function readClause(text: string): Clause {
  const clause = parseClause(text);
  if (!clause) throw refuse('--where', text, `expected ${WHERE_FORM}`);
  return clause;
}

function readShard(text: string): Share {
  const [, index = '', of = ''] = /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? [];
  const shard = { index: Number(index) - 1, of: Number(of) };
  if (index === '' || shard.index < 0 || shard.index >= shard.of)
    throw refuse('--shard', text, 'expected which of how many, such as 3/16');
  return shard;
}

function refuse(option: string, text: string, reason: string): GolemError {
  return new GolemError({
    kind: 'usage',
    verb: 'use',
    subject: `${option} ${text}`,
    reason,
    next: 'golem replay --help',
  });
}
