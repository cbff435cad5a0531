/**
 * Tallies of shards, added up and judged as the whole they are shards of. Refuses whatever would make that a lie: other
 * flags, seeds, rules or code, a shard that is missing or there twice.
 */
import { existsSync, globSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
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
    refuseUnfinished(header, label, options);
    if (identity !== null && differs(header, { identity, shard: { index: 0, of: shards.of } }))
      throw await oddOneOut(labels, options);
    shards.add(header, label);
    if (identity === null || merged === null) {
      identity = header.identity;
      refuseOtherCode(header, options, label);
      plan = alertPlanOf(config, root, identity.rulesets);
      const scraping = plan && { intervalMs: plan.settings.scrapeIntervalMs };
      merged = new PartTally({ migration: config.migration, seed: identity.seed, scraping });
    }
    merged.mergeBytes(bytes);
  }
  if (identity === null || merged === null)
    throw refusal(options.tallies.join(' '), 'no file fits this pattern', 'ls *.tally');
  refuseIdleWatch(identity, options);
  const missing = shards.missing();
  if (missing.length > 0 && !options.partial)
    throw missingShards(missing, shards.of, { identity, beside: labels[0] ?? '', cwd: options.cwd });
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
    groups: groups.length,
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
  const changed = differenceBetween(identity, own);
  if (changed === null) return;
  const reason = `${changed} changed since it was made; merge where it was made, or make it again`;
  throw refusal(label, reason, again(identity, shard, label, options));
}

type Kind = Pick<TallyHeader, 'identity' | 'shard'>;

/** True for tallies that are not shards of one run. */
function differs(one: Kind, other: Kind): boolean {
  return one.shard.of !== other.shard.of || differenceBetween(one.identity, other.identity) !== null;
}

/** Of tallies that do not fit together, the one that fewest are like; where none are fewer, it is named with its opposite. */
async function oddOneOut(labels: readonly string[], options: MergeOptions): Promise<GolemError> {
  const kinds: { readonly kind: Kind; readonly labels: string[] }[] = [];
  for (const label of labels) {
    const { header } = await readTallyFile(resolve(options.cwd, label), label);
    const alike = kinds.find(({ kind }) => !differs(kind, header));
    if (alike) alike.labels.push(label);
    else kinds.push({ kind: { identity: header.identity, shard: header.shard }, labels: [label] });
  }
  // Equal numbers keep the order of the names.
  const sorted = kinds.toSorted((one, other) => other.labels.length - one.labels.length);
  const [most, odd] = [sorted[0]!, sorted.at(-1)!];
  const [beside = '', label = ''] = [most.labels[0], odd.labels[0]];
  const { identity, shard } = odd.kind;
  if (shard.of !== most.kind.shard.of)
    return refusal(
      label,
      `it is one of ${shard.of} shards, the others are of ${most.kind.shard.of}`,
      `golem merge <the tallies of ${shard.of} shards, or those of ${most.kind.shard.of}>`,
    );
  const reason = `it differs from ${beside} in ${differenceBetween(identity, most.kind.identity)}`;
  if (odd.labels.length < most.labels.length)
    return refusal(label, reason, again(most.kind.identity, shard, label, options));
  const next = `ls -l ${shellQuote(beside)} ${shellQuote(label)}`;
  return refusal(label, `${reason}; as many are like the one as like the other: make either again`, next);
}

/** What is to be added to a replay of recordings that a tally knows by short names only; nothing where they lie here. */
function whereTheyLie({ asked }: RunIdentity, cwd: string): string {
  const away = asked.filter((name) => !/[*?[{]|:\/\//.test(name) && !existsSync(resolve(cwd, name)));
  return away.length === 0 ? '' : `   # ${away.map(shellQuote).join(' ')}: with its folder`;
}

/** The command that makes a shard's tally as one of this run. */
function again(
  identity: RunIdentity,
  { index, of }: TallyHeader['shard'],
  label: string,
  { cwd }: Pick<MergeOptions, 'cwd'>,
): string {
  const command = `${replayCommand(questionOf(identity))} --shard ${index}/${of} --out ${shellQuote(label)}`;
  return `${command}${whereTheyLie(identity, cwd)}`;
}

/** A part of a shard counts too little, whatever else it fits. */
function refuseUnfinished(
  { identity, shard, finished, parts }: TallyHeader,
  label: string,
  options: MergeOptions,
): void {
  if (parts !== null)
    throw refusal(
      label,
      'it is a checkpoint of an unfinished replay, not the tally of a shard; --resume finishes it',
      `${replayCommand(questionOf(identity))} --checkpoint ${shellQuote(dirname(label))} --resume${whereTheyLie(identity, options.cwd)}`,
    );
  if (!finished) throw refusal(label, 'its replay was interrupted', again(identity, shard, label, options));
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

  add({ shard }: TallyHeader, label: string): void {
    this.of = shard.of;
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

function missingShards(
  missing: readonly number[],
  of: number,
  {
    identity,
    beside,
    cwd,
  }: { readonly identity: RunIdentity; readonly beside: string; readonly cwd: string },
): GolemError {
  const [first = 1] = missing;
  const named = missing.slice(0, 8).join(', ') + (missing.length > 8 ? ' …' : '');
  return new GolemError({
    kind: 'data',
    verb: 'merge',
    subject: `${of} shards`,
    reason: `${missing.length === 1 ? 'shard' : 'shards'} ${named} of ${of} ${missing.length === 1 ? 'is' : 'are'} missing; --partial judges the others`,
    next: again(identity, { index: first, of }, join(dirname(beside), `part-${first}.tally`), { cwd }),
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
