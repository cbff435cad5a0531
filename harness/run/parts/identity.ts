/**
 * What a tally is a tally of. Two tallies add up only where all of this is the same; each difference has a name, so that
 * a refusal can say which it was.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GolemConfig } from '../../config.ts';
import { GolemError } from '../../errors.ts';
import type { FlagTexts } from '../../migration.ts';
import { digestEdges } from '../../recording/doors.ts';
import { shellQuote } from '../../recording/look.ts';
import type { RecordingSet } from '../../recording/recording-set.ts';
import type { Selection } from '../../recording/selection.ts';
import type { CapturedShare } from '../captured-share.ts';
import { digestCode } from './code-digest.ts';

/** One recording, by what tells it from others on any machine. */
export interface RecordingIdentity {
  readonly name: string;
  readonly bytes: number | null;
  /** SHA-256 of both ends; null for what can be read only once. */
  readonly edges: string | null;
  /** Writes that its capture lost, by reason; left out where it lost none. */
  readonly dropped?: Readonly<Record<string, number>>;
  /** The sample of the users that its capture took; left out where it took all. */
  readonly captured?: CapturedShare;
}

/** Plain values; all keys but `shard`, which is no part of it, decide what is replayed and how it is counted. */
export interface RunIdentity {
  readonly migration: string;
  /** SHA-256 of the code, the config included. */
  readonly code: string;
  /** SHA-256 of the rule files and the routing. */
  readonly rules: string;
  readonly flags: FlagTexts;
  readonly seed: string;
  readonly on_bad_line: 'fail' | 'skip';
  /** Rule sets asked for; null for all of the config's. */
  readonly rulesets: readonly string[] | null;
  readonly selection: Omit<Selection, 'shard'>;
  /** The recordings as they were asked for. */
  readonly asked: readonly string[];
  /** The files they turned out to be, by group. */
  readonly recordings: readonly (readonly RecordingIdentity[])[];
}

export interface IdentityOptions {
  readonly config: GolemConfig;
  readonly configFile: string;
  readonly root: string;
  readonly flags: FlagTexts;
  readonly seed: string;
  readonly onBadLine: 'fail' | 'skip';
  readonly rules: readonly string[] | null;
  readonly selection: Selection;
}

/** The identity of a run over these recordings. */
export async function identifyRun(options: IdentityOptions, set: RecordingSet): Promise<RunIdentity> {
  const { shard: _, ...selection } = options.selection;
  const recordings: RecordingIdentity[][] = [];
  for (const { files } of set.groups) {
    const own: RecordingIdentity[] = [];
    for (const { name, shown, stamp, dropped, captured } of files)
      own.push({
        name: shown,
        bytes: stamp?.bytes ?? null,
        edges: await digestEdges(name),
        ...(Object.keys(dropped).length === 0 ? {} : { dropped }),
        ...(captured ? { captured } : {}),
      });
    recordings.push(own);
  }
  return {
    migration: options.config.migration.name,
    ...digestOfRun(options),
    flags: options.flags,
    seed: options.seed,
    on_bad_line: options.onBadLine,
    rulesets: options.rules,
    selection,
    asked: set.asked,
    recordings,
  };
}

/** The hashes of the code and the rules as they are now. */
export function digestOfRun({
  config,
  configFile,
  root,
}: Pick<IdentityOptions, 'config' | 'configFile' | 'root'>): Pick<RunIdentity, 'code' | 'rules'> {
  return { code: digestCode(configFile), rules: digestRules(config, root) };
}

function digestRules({ alerts }: GolemConfig, root: string): string {
  const files = [...Object.values(alerts?.rulesets ?? {}).flat(), alerts?.alertmanager ?? []].flat();
  const digest = createHash('sha256');
  for (const file of files) digest.update(`${file}\n`).update(readFileSync(join(root, file)));
  return digest.digest('hex');
}

/** What people call the parts of an identity. */
const NAMES: Readonly<Record<keyof RunIdentity, string>> = {
  migration: 'the migration',
  code: 'the code or the config',
  rules: 'the rule files',
  flags: 'the flags',
  seed: 'the seed',
  on_bad_line: 'what is done with bad lines',
  rulesets: 'the rule sets',
  selection: 'the sample or what else is selected',
  asked: 'the names of the recordings',
  recordings: 'the recordings',
};

/** What differs between two identities in what both hold, in words; null where nothing does. */
export function differenceBetween(one: Partial<RunIdentity>, other: Partial<RunIdentity>): string | null {
  for (const key of Object.keys(NAMES) as (keyof RunIdentity)[]) {
    if (!(key in one) || !(key in other) || stable(one[key]) === stable(other[key])) continue;
    const shown = key === 'seed' || key === 'flags' ? `: ${stable(one[key])}, not ${stable(other[key])}` : '';
    return `${NAMES[key]}${shown}`;
  }
  return null;
}

/** JSON with sorted keys. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** The error for recordings that are not what they were. */
export function recordingsChanged(label: string, reason: string): GolemError {
  return new GolemError({
    kind: 'data',
    verb: 'read recording',
    subject: label,
    reason: `${reason}; replay it once nothing writes to it`,
    place: { file: label },
    next: /^[a-z0-9]+:\/\//.test(label) ? `aws s3 ls ${shellQuote(label)}` : `ls -l ${shellQuote(label)}`,
  });
}
