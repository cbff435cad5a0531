/**
 * Tallies of shards, added up and judged as the whole they are shards of. Refuses whatever would make that a lie: other
 * flags, seeds, rules or code, a shard that is missing or there twice.
 */
import { globSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import type { GolemConfig } from '../config.ts';
import { GolemError } from '../errors.ts';
import { shellQuote } from '../recording/look.ts';
import { describeSet } from '../recording/recording-set.ts';
import type { Report } from '../report/shape.ts';
import { requireCommonShare } from './captured-share.ts';
import { addLosses } from './losses.ts';
import { differenceBetween, digestOfRun, type RunIdentity } from './parts/identity.ts';
import { PartTally } from './parts/part-tally.ts';
import { readTallyFile, type TallyHeader } from './parts/tally-file.ts';
import type { RampAsk } from './ramp.ts';
import { alertPlanOf, replayCommand, type ReplayQuestion, reportReplay } from './replay-report.ts';

export interface MergeOptions {
  readonly config: GolemConfig;
  /** Absolute path of the config. */
  readonly configFile: string;
  readonly root: string;
  /** Names or patterns of tally files, relative to `cwd`. */
  readonly tallies: readonly string[];
  readonly cwd: string;
  /** True to judge what is there where shards are missing. */
  readonly partial: boolean;
  /** What is asked of a rollout. */
  readonly ramp?: RampAsk;
}

/** `golem merge`: the report of all shards, the same as of one replay of everything. */
export async function runMerge(options: MergeOptions): Promise<Report> {
  const { config, root } = options;
  const labels = tallyFiles(options);
  let identity: RunIdentity | null = null;
  let merged: PartTally | null = null;
  let plan: ReturnType<typeof alertPlanOf> = null;
  const shards = new Shards();
  for (const label of labels) {
    const { header, bytes } = await readTallyFile(resolve(options.cwd, label), label);
    shards.add(header, label);
    if (identity === null || merged === null) {
      identity = header.identity;
      refuseOtherCode(header, options, label);
      plan = alertPlanOf(config, root, identity.rulesets);
      const scraping = plan && { intervalMs: plan.settings.scrapeIntervalMs };
      merged = new PartTally({ migration: config.migration, seed: identity.seed, scraping });
    } else {
      const differs = differenceBetween(header.identity, identity);
      if (differs !== null)
        throw refusal(
          label,
          `it differs from ${labels[0]} in ${differs}`,
          again(identity, header.shard, label),
        );
    }
    merged.mergeBytes(bytes);
  }
  if (identity === null || merged === null)
    throw refusal(options.tallies.join(' '), 'no file fits this pattern', 'ls *.tally');
  refuseIdleWatch(identity, options);
  const missing = shards.missing();
  if (missing.length > 0 && !options.partial) throw missingShards(missing, shards.of, questionOf(identity));
  return reportReplay({
    config,
    plan,
    question: { ...questionOf(identity), ...(options.ramp ? { ramp: options.ramp } : {}) },
    merged,
    partial: missing.length === 0 ? null : `${missing.length} of ${shards.of} shards missing`,
  });
}

/** What the shards were asked together. */
function questionOf(identity: RunIdentity): ReplayQuestion {
  const groups = identity.recordings.map((files) => ({ files: files.map(({ name }) => ({ shown: name })) }));
  return {
    asked: identity.asked,
    files: groups.reduce((sum, { files }) => sum + files.length, 0),
    suite: describeSet({ groups }),
    flags: identity.flags,
    seed: identity.seed,
    onBadLine: identity.on_bad_line,
    rules: identity.rulesets,
    selection: { ...identity.selection, shard: null },
    dropped: addLosses(identity.recordings.flat().map(({ dropped = {} }) => dropped)),
    captured: requireCommonShare(identity.recordings.flat()),
  };
}

/** Files by name or pattern, each once, sorted, so that errors do not depend on the order they were named in. */
function tallyFiles({ tallies, cwd }: MergeOptions): string[] {
  const paths = new Map<string, string>();
  if (tallies.includes('')) throw noName();
  for (const text of tallies) {
    const found = /[*?[{]/.test(text) ? globSync(text, { cwd }) : [text];
    for (const file of found)
      paths.set(resolve(cwd, file), isAbsolute(file) ? file : relative(cwd, resolve(cwd, file)));
  }
  return [...paths.values()].sort();
}

function noName(): GolemError {
  return new GolemError({
    kind: 'usage',
    verb: 'merge',
    subject: '',
    reason: 'expected the name of a tally, found an empty text',
    next: 'golem merge --help',
  });
}

/** Tallies are judged by the rules and limits of this config, so these must be the ones they were made under. */
function refuseOtherCode({ identity, shard }: TallyHeader, options: MergeOptions, label: string): void {
  const own = { ...digestOfRun(options), migration: options.config.migration.name };
  const differs = differenceBetween(identity, own);
  if (differs === null) return;
  const reason = `${differs} changed since it was made; merge where it was made, or make it again`;
  throw refusal(label, reason, again(identity, shard, label));
}

/** The command that makes a shard's tally as one of this run. */
function again(identity: RunIdentity, { index, of }: TallyHeader['shard'], label: string): string {
  return `${replayCommand(questionOf(identity))} --shard ${index}/${of} --out ${shellQuote(label)}`;
}

/** How long is watched means something to a ramp, and to the alerts of a sample. */
function refuseIdleWatch({ selection }: RunIdentity, { ramp }: MergeOptions): void {
  if (!ramp || ramp.watch === null || ramp.steps.length > 0 || selection.sample !== null) return;
  throw new GolemError({
    kind: 'usage',
    verb: 'read',
    subject: `--watch ${ramp.watch}`,
    reason: 'it needs --ramp: these tallies are of all users, so no alert is judged by its chance',
    next: 'golem merge --help',
  });
}

/** Which shards there are. */
class Shards {
  of = 0;
  readonly #labels = new Map<number, string>();

  add({ identity, shard, finished, parts }: TallyHeader, label: string): void {
    if (parts !== null)
      throw refusal(
        label,
        'it is a checkpoint of an unfinished replay, not the tally of a shard; --resume finishes it',
        `${replayCommand(questionOf(identity))} --checkpoint ${shellQuote(dirname(label))} --resume`,
      );
    if (!finished) throw refusal(label, 'its replay was interrupted', again(identity, shard, label));
    if (this.of === 0) this.of = shard.of;
    if (shard.of !== this.of)
      throw refusal(
        label,
        `it is one of ${shard.of} shards, the others are of ${this.of}`,
        `golem merge <the tallies of ${shard.of} shards, or those of ${this.of}>`,
      );
    const known = this.#labels.get(shard.index);
    if (known !== undefined)
      throw refusal(
        label,
        `shard ${shard.index} of ${shard.of} is there twice, the other is ${known}; leave one of them out`,
        `ls -l ${shellQuote(known)} ${shellQuote(label)}`,
      );
    this.#labels.set(shard.index, label);
  }

  missing(): number[] {
    return Array.from({ length: this.of }, (_, index) => index + 1).filter(
      (index) => !this.#labels.has(index),
    );
  }
}

function missingShards(missing: readonly number[], of: number, question: ReplayQuestion): GolemError {
  const [first = 1] = missing;
  const named = missing.slice(0, 8).join(', ') + (missing.length > 8 ? ' …' : '');
  return new GolemError({
    kind: 'data',
    verb: 'merge',
    subject: `${of} shards`,
    reason: `${missing.length === 1 ? 'shard' : 'shards'} ${named} of ${of} ${missing.length === 1 ? 'is' : 'are'} missing; --partial judges the others`,
    next: `${replayCommand(question)} --shard ${first}/${of} --out part-${first}.tally`,
  });
}

function refusal(label: string, reason: string, next: string): GolemError {
  return new GolemError({
    kind: 'data',
    verb: 'merge',
    subject: basename(label),
    reason,
    place: { file: label },
    next,
  });
}
