/**
 * Finds the write or the user's day that someone asks about, replays its user alone and explains what came out. Users
 * do not touch each other, so one user's replay is that of the whole recording.
 */
import { existsSync } from 'node:fs';
import type { GolemConfig, Suite } from '../config.ts';
import { type ExplainedDay, type ExplainedRecord, explainDay, explainRecord } from '../diff/explanation.ts';
import { GolemError } from '../errors.ts';
import { type CaseRecord, goldenDocuments, outcomeShape } from '../golden/case.ts';
import { type CaseKey, caseKey, pathSegment } from '../golden/case-key.ts';
import { type OutcomeChange, outcomeChanges } from '../golden/changes.ts';
import { readSuite } from '../golden/store.ts';
import { soundDocument } from '../golden/work.ts';
import type { FlagTexts } from '../migration.ts';
import { replay } from '../replay/engine.ts';
import type { Replayed } from '../replayed.ts';
import { Tally } from '../tally/tally.ts';
import { readUser, sourceOf, type UserWrites } from './one-user.ts';
import { keepsGolden, recordingOf } from './suite.ts';

/** What `golem explain` answers (format 1). Numbers by field and by measure; the parts of a field sum to its whole. */
export interface Explanation {
  readonly golem: 'explanation';
  readonly version: 1;
  readonly subject: string;
  readonly measures: readonly { readonly name: string; readonly unit: string }[];
  readonly fields: readonly { readonly name: string; readonly unit: string }[];
  readonly records: readonly ExplainedRecord[];
  /** The day as a whole; null where one record was asked for, and where the day left no difference. */
  readonly day: ExplainedDay | null;
  /** What is not as accepted; empty where it is, or where nothing was accepted. */
  readonly changes: readonly OutcomeChange[];
}

/** What was asked for and is not there, with names that are. */
export interface NotFound {
  readonly missing: 'suite' | 'user' | 'day or record';
  /** What the others are named: suites and users by themselves, days and records as they would be asked for. */
  readonly known: readonly string[];
  /** Of a user that is not there: the name, and what was asked before and after it. */
  readonly user?: { readonly before: string; readonly name: string; readonly after: string };
}

export interface ExplainOptions {
  readonly config: GolemConfig;
  readonly root: string;
  /** `suite/user/date` or `suite/user/record`; without the suite where a recording is given. */
  readonly subject: string;
  /** Recordings instead of the config's suites: files, folders and patterns; null for the suites. */
  readonly recordings: readonly string[] | null;
  /** Folder that recordings are relative to. */
  readonly cwd: string;
  readonly flags: FlagTexts;
  readonly seed: string;
}

/** Where the records of a subject are, and which of them it means. */
interface Asked {
  readonly suite: Suite | null;
  readonly recordings: readonly string[];
  /** What they are relative to. */
  readonly cwd: string;
  readonly user: string;
  /** A date or a record's id. */
  readonly last: string;
}

/** Explains a case, a record or a user's day. Rejects as reading a recording does. */
export async function explain(options: ExplainOptions): Promise<Explanation | NotFound> {
  const { config } = options;
  const asked = askedFor(options);
  if ('missing' in asked) return asked;
  const { writes, users } = await readUser(asked.recordings, asked.cwd, asked.user);
  if (writes === null) {
    const before = asked.suite === null ? '' : `${asked.suite.name}/`;
    const user = { before, name: asked.user, after: `/${asked.last}` };
    return { missing: 'user', known: [...users].sort().map(pathSegment), user };
  }
  const { user } = writes.records[0]!;
  const base = await replayUser(options, asked, writes, options.flags);
  const ofDay = base.filter(({ result }) => result.date === asked.last);
  const chosen = ofDay.length > 0 ? ofDay : base.filter(({ record }) => record.id === asked.last);
  if (chosen.length === 0) {
    const names = base.flatMap(({ record, result }) => [result.date, record.id]);
    return {
      missing: 'day or record',
      known: [...new Set(names)].map((last) => named(asked.suite, user, last)),
    };
  }
  const { measures, fields } = config.migration;
  return {
    golem: 'explanation',
    version: 1,
    subject: named(asked.suite, user, asked.last),
    measures: measures.map(({ name, unit }) => ({ name, unit })),
    fields: fields.map(({ name, unit }) => ({ name, unit })),
    records: chosen.map((one) => explainRecord(one, config.migration)),
    day: ofDay.length > 0 ? explainDay(ofDay, config.migration) : null,
    changes: await changesOf(options, asked, writes, base, chosen),
  };
}

function named(suite: Suite | null, user: string, last: string): string {
  return `${suite === null ? '' : `${suite.name}/`}${pathSegment(user)}/${last}`;
}

/** A suite's name may have slashes, so the longest that fits is meant. */
function askedFor({ config, root, cwd, subject, recordings }: ExplainOptions): Asked | NotFound {
  const suite =
    recordings === null
      ? config.suites
          .filter(({ name }) => subject.startsWith(`${name}/`))
          .sort((a, b) => b.name.length - a.name.length)[0]
      : null;
  if (suite === undefined) return { missing: 'suite', known: config.suites.map(({ name }) => name) };
  const rest = suite === null ? subject : subject.slice(suite.name.length + 1);
  const slash = rest.lastIndexOf('/');
  return {
    suite,
    recordings: recordings ?? [recordingOf(config, '', suite!.name)],
    cwd: recordings === null ? root : cwd,
    user: slash < 0 ? rest : rest.slice(0, slash),
    last: slash < 0 ? '' : rest.slice(slash + 1),
  };
}

/** Replays a user's writes alone, in memory. */
async function replayUser(
  options: ExplainOptions,
  { suite, last }: Asked,
  writes: UserWrites,
  flags: FlagTexts,
): Promise<readonly Replayed[]> {
  const { config, seed } = options;
  const replayed: Replayed[] = [];
  const store = await config.migration.openStore({ kind: 'memory' }, 'replay');
  try {
    await replay({
      migration: config.migration,
      store,
      source: sourceOf(writes),
      flags,
      seed,
      defect: suite?.defect ?? null,
      metrics: new Tally(config.migration).metrics,
      keep: true,
      observer: {
        onReplayed: (one) => replayed.push(one),
        onSkipped: (record, reason) => {
          if (record.id === last) throw unreplayed(options.subject, reason);
        },
        onUserEnd: () => undefined,
      },
    });
  } finally {
    await store.close();
  }
  return replayed;
}

function unreplayed(subject: string, reason: string): GolemError {
  return new GolemError({
    kind: 'data',
    verb: 'explain',
    subject,
    reason: `it cannot be replayed: ${reason}`,
  });
}

/** What of the chosen records is not as accepted, for a suite that keeps golden files. */
async function changesOf(
  options: ExplainOptions,
  asked: Asked,
  writes: UserWrites,
  base: readonly Replayed[],
  chosen: readonly Replayed[],
): Promise<readonly OutcomeChange[]> {
  const { config, root } = options;
  const { suite } = asked;
  const goldenDir = config.golden;
  const { base: accepts } = config.settings;
  const sameFlags = Object.keys({ ...accepts, ...options.flags }).every(
    (name) => accepts[name] === options.flags[name],
  );
  if (
    !sameFlags ||
    suite === null ||
    !keepsGolden(suite) ||
    !existsSync(recordingOf(config, root, suite.name))
  )
    return [];
  const { user } = chosen[0]!.record;
  const stored = readSuite({ root, goldenDir }, suite.name);
  const keys = new Set(chosen.map(({ result }) => caseKey(user, result.date)));
  const accepted = [...keys].flatMap((key): [CaseKey, ReturnType<typeof soundDocument>][] => [
    [key, soundDocument(stored, key)],
  ]);
  if (accepted.every(([, document]) => document === null)) return [];
  const full = await replayUser(options, asked, writes, { ...options.flags, ...config.settings.full });
  const input = { suite: suite.name, user, base: base.map(caseRecord), full: full.map(caseRecord) };
  const current = goldenDocuments(input, outcomeShape(config.migration));
  const ids = new Set(chosen.map(({ record }) => record.id));
  return accepted.flatMap(([key, document]) => {
    const seen = current.get(key);
    if (document === null || seen === undefined) return [];
    return outcomeChanges(document, seen).filter(({ record }) => record === '' || ids.has(record));
  });
}

function caseRecord({ record, result, issued }: Replayed): CaseRecord {
  return { id: record.id, at: record.at, result, issued };
}
