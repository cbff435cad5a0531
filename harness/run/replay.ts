/**
 * A pre-rollout replay: recordings under given flags, judged by the config's limits, as a whole or as one shard of
 * several; and the same recordings for their scrapes alone.
 */
import type { AlertPlan } from '../alerts/rule-sets.ts';
import type { GolemConfig } from '../config.ts';
import { GolemError } from '../errors.ts';
import { watchedCounters } from '../gate/evidence/count-rules.ts';
import type { FlagTexts, StoreChoice } from '../migration.ts';
import { describeSet, openRecordingSet, type RecordingSet } from '../recording/recording-set.ts';
import { EVERYTHING, type Selection } from '../recording/selection.ts';
import type { Report } from '../report/shape.ts';
import type { ScrapeOptions, ScrapeTally } from '../tally/scrapes.ts';
import { type CapturedShare, commonShare, requireCommonShare } from './captured-share.ts';
import { typableDatabase } from './fleet/fleet-failures.ts';
import { addLosses } from './losses.ts';
import { type Checkpoint, type CheckpointOptions, openCheckpoint } from './parts/checkpoint.ts';
import { identifyRun, type RunIdentity } from './parts/identity.ts';
import type { PartProgress } from './parts/part-worker.ts';
import type { Plan } from './parts/plan.ts';
import { type PartsOptions, type PartsResult, runParts } from './parts/run-parts.ts';
import { makeStopSign, type StopSign } from './parts/stop-sign.ts';
import { renderTallyFile } from './parts/tally-file.ts';
import type { RampAsk } from './ramp.ts';
import { alertPlanOf, type ReplayQuestion, reportReplay } from './replay-report.ts';

export interface ReplayOptions {
  readonly config: GolemConfig;
  readonly root: string;
  /** Names or patterns of recordings, relative to `cwd`. */
  readonly recordings: readonly string[];
  readonly flags: FlagTexts;
  readonly store: StoreChoice;
  readonly seed: string;
  readonly onBadLine: 'fail' | 'skip';
  /** Rule sets to emulate; all of the config's when left out. */
  readonly rules?: readonly string[];
  /** Which records to take; all when left out. */
  readonly selection?: Selection;
  /** What is asked of a rollout. */
  readonly ramp?: RampAsk;
  /** Absolute path of the config, which other threads load for themselves; without it one thread does everything. */
  readonly configFile?: string;
  /** Folder that names are relative to; the process' own when left out. */
  readonly cwd?: string;
  /** Threads; when left out as many as the machine has cores, and one for what is small. */
  readonly workers?: number;
  readonly onCrash?: 'retry' | 'fail';
  /** Where finished parts are kept, and whether to go on from what is there. */
  readonly checkpoint?: Pick<CheckpointOptions, 'folder' | 'label' | 'resume' | 'everyMs'>;
  /** Where a fleet meets, `postgres://…`; given this, workers anywhere replay and this process adds up. */
  readonly fleet?: string;
  /** Bytes of a part; what suits most machines when left out. */
  readonly partBytes?: number;
  readonly watch?: ReplayWatch;
}

/** How a person in front of a replay follows and ends it. */
export interface ReplayWatch {
  readonly stop: StopSign;
  /** Milliseconds from an arbitrary start, for progress alone. */
  readonly elapsedMs: () => number;
  readonly onPlan: (plan: Plan) => void;
  readonly onProgress: (progress: PartProgress) => void;
  /** Something worth a line of its own. */
  readonly note: (line: string) => void;
}

/** `golem replay`: recordings under given flags, judged by the config's limits. */
export async function runReplay(options: ReplayOptions): Promise<Report> {
  const run = await replayRecordings(options);
  return reportReplay({
    config: options.config,
    plan: run.plan,
    question: run.question,
    merged: run.merged,
    partial: run.finished ? null : 'interrupted',
  });
}

/** What one shard leaves: the content of its tally file, and what people are told of it. */
export interface ShardResult {
  readonly content: Uint8Array;
  readonly finished: boolean;
  readonly records: number;
  readonly users: number;
}

/** One shard of a replay, as a tally to be merged with those of the others. */
export async function runShard(
  options: ReplayOptions & { readonly configFile: string },
): Promise<ShardResult> {
  const run = await replayRecordings(options);
  const { shard } = run.question.selection;
  const { records, users } = run.merged.tally;
  const header = {
    identity: await run.identify(),
    shard: { index: (shard?.index ?? 0) + 1, of: shard?.of ?? 1 },
    finished: run.finished,
    parts: null,
  };
  return { content: renderTallyFile(header, run.merged.toBytes()), finished: run.finished, records, users };
}

interface ReplayRun extends PartsResult {
  readonly plan: AlertPlan | null;
  readonly question: ReplayQuestion;
  readonly identify: () => Promise<RunIdentity>;
}

async function replayRecordings(options: ReplayOptions): Promise<ReplayRun> {
  const { config, root, recordings, flags, seed, onBadLine } = options;
  const rules = options.rules ?? null;
  const plan = alertPlanOf(config, root, rules);
  const selection = options.selection ?? { ...EVERYTHING, seed };
  const watch = options.watch ?? unwatched();
  const set = await openRecordingSet(recordings, options.cwd ?? process.cwd());
  for (const note of set.notes) watch.note(note);
  if (set.opened.size > 0 && (options.workers ?? 1) > 1)
    watch.note('one worker replays what comes through a pipe: it can be read only once');
  const captured = capturedShare(set, options);
  const question: ReplayQuestion = {
    asked: set.asked,
    files: set.groups.reduce((sum, { files }) => sum + files.length, 0),
    groups: set.groups.length,
    suite: describeSet(set),
    flags,
    seed,
    onBadLine,
    rules,
    selection,
    dropped: addLosses(set.groups.flatMap(({ files }) => files.map(({ dropped }) => dropped))),
    captured,
    ...(options.ramp ? { ramp: options.ramp } : {}),
    typed: {
      recordings: set.opened.size > 0 ? null : recordings,
      fleet: options.fleet === undefined ? null : typableDatabase(options.fleet),
    },
  };
  const identify = (): Promise<RunIdentity> => identityOf(options, set, selection);
  const checkpoint = await checkpointOf(options, selection, identify, set);
  if (checkpoint?.isEmpty && options.checkpoint?.resume)
    watch.note(`nothing is kept in ${options.checkpoint.label}; the replay begins anew`);
  const parts: PartsOptions = {
    config,
    configFile: options.configFile ?? null,
    set,
    selection,
    flags,
    seed,
    store: options.store,
    onBadLine,
    scraping: plan && { intervalMs: plan.settings.scrapeIntervalMs },
    watched: plan ? watchedIn(set, plan, config) : {},
    workers: options.workers ?? null,
    onCrash: options.onCrash ?? 'retry',
    // Who says what is to become of a crash wants this process to outlive it.
    ownThread: options.onCrash !== undefined,
    checkpoint,
    partBytes: options.partBytes,
    ...watch,
  };
  const result =
    options.fleet === undefined
      ? await runParts(parts)
      : await (await import('./fleet/run-fleet.ts')).runFleet({
          ...parts,
          url: options.fleet,
          identity: await identify(),
        });
  if (result.finished) await checkpoint?.clear();
  return { ...result, plan, question, identify };
}

function identityOf(options: ReplayOptions, set: RecordingSet, selection: Selection): Promise<RunIdentity> {
  const { config, configFile, root, flags, seed, onBadLine } = options;
  if (configFile === undefined) throw new Error('tallies in files need a config in a file');
  const rules = options.rules ?? null;
  return identifyRun({ config, configFile, root, flags, seed, onBadLine, rules, selection }, set);
}

async function checkpointOf(
  { checkpoint }: ReplayOptions,
  { shard }: Selection,
  identify: () => Promise<RunIdentity>,
  set: RecordingSet,
): Promise<Checkpoint | null> {
  if (!checkpoint) return null;
  const [pipe] = set.opened.keys();
  if (pipe !== undefined) {
    throw new GolemError({
      kind: 'usage',
      verb: 'keep checkpoints of',
      subject: pipe,
      reason: 'a pipe cannot be read again; keep what comes through it in a file first',
      next: 'golem replay FILE --checkpoint FOLDER',
    });
  }
  return openCheckpoint({
    ...checkpoint,
    identity: await identify(),
    shard: { index: (shard?.index ?? 0) + 1, of: shard?.of ?? 1 },
    stamps: set.groups.flatMap(({ files }) => files.map(({ stamp }) => stamp?.version ?? '')),
  });
}

/** Counters whose increments are evidence, by environment. */
/**
 * The sample of the users that the captures took. Recordings that differ in it are refused where anything would be scaled
 * to all of production, and replayed as they are where nothing is.
 */
function capturedShare(
  { groups }: RecordingSet,
  { ramp, selection }: Pick<ReplayOptions, 'ramp' | 'selection'>,
): CapturedShare | null {
  const files = groups.flatMap((group) =>
    group.files.map(({ shown, captured }) => ({ name: shown, ...(captured ? { captured } : {}) })),
  );
  const isScaled = (ramp?.steps.length ?? 0) > 0 || (selection?.sample ?? null) !== null;
  if (isScaled || selection?.shard) return requireCommonShare(files);
  const share = commonShare(files);
  return share === 'mixed' ? null : share;
}

function watchedIn(
  { groups }: RecordingSet,
  plan: AlertPlan,
  { migration }: GolemConfig,
): Record<string, readonly number[]> {
  return Object.fromEntries(groups.map(({ env }) => [env, watchedCounters(plan, migration, env)]));
}

/** Nobody in front of it. */
export function unwatched(): ReplayWatch {
  const nothing = (): void => undefined;
  return { stop: makeStopSign(), elapsedMs: () => 0, onPlan: nothing, onProgress: nothing, note: nothing };
}

export interface ScrapeReplayOptions extends Omit<ReplayOptions, 'rules' | 'workers' | 'checkpoint'> {
  readonly scraping: ScrapeOptions;
}

/** Recordings as Prometheus would have scraped them, by environment. */
export interface ScrapedReplay {
  readonly tallies: ReadonlyMap<string, ScrapeTally>;
  readonly records: number;
}

/** Replays recordings for their scrapes alone: what `golem alerts` looks at. */
export async function scrapeReplay(options: ScrapeReplayOptions): Promise<ScrapedReplay> {
  const { config, recordings, flags, seed, store, onBadLine, scraping } = options;
  const set = await openRecordingSet(recordings, options.cwd ?? process.cwd());
  const { merged } = await runParts({
    config,
    configFile: null,
    set,
    selection: options.selection ?? { ...EVERYTHING, seed },
    flags,
    seed,
    store,
    onBadLine,
    scraping,
    watched: {},
    workers: 1,
    onCrash: 'fail',
    checkpoint: null,
    ...(options.watch ?? unwatched()),
  });
  return { tallies: merged.scrapes, records: merged.tally.records };
}
