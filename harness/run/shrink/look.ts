/**
 * Looks at records by replaying them in memory and tells what of the looked-for they show. The one place where
 * shrinking replays; every look costs as many replays as `cost` says.
 */
import { type AlertPlan, emulateRuleSets, scrapesOf } from '../../alerts/rule-sets.ts';
import type { GolemConfig } from '../../config.ts';
import { BreachCauses } from '../../diff/breach-causes.ts';
import type { Cause } from '../../diff/causes.ts';
import { type CaseRecord, type GoldenDocument, goldenDocuments, outcomeShape } from '../../golden/case.ts';
import type { CaseKey } from '../../golden/case-key.ts';
import { outcomeChanges } from '../../golden/changes.ts';
import type { FlagTexts, ReplayStore } from '../../migration.ts';
import type { RecordedWrite, RecordingHeader } from '../../recording/format.ts';
import { replay } from '../../replay/engine.ts';
import type { Replayed, ReplayObserver, ReplaySource } from '../../replayed.ts';
import { ScrapeTally } from '../../tally/scrapes.ts';
import { scrapedMigration } from '../../tally/scrapes-service.ts';
import { Tally } from '../../tally/tally.ts';
import type { FiringAlert, Hit, Seen } from './signature.ts';

export interface LookOptions {
  readonly config: GolemConfig;
  readonly store: ReplayStore;
  readonly flags: FlagTexts;
  readonly seed: string;
  readonly defect: string | null;
  /** The breaches that are looked for; null when none are. */
  readonly isWanted: ((hit: Hit) => boolean) | null;
  /** True to note the local day of every record, which of a whole recording is too much to keep. */
  readonly withDates: boolean;
  /** The rule sets that are looked at; null when none are. */
  readonly plan: AlertPlan | null;
  /** A case whose outcome is held against the accepted one; null when none is. */
  readonly golden: { readonly key: CaseKey; readonly accepted: GoldenDocument } | null;
}

export interface Look extends Seen {
  /** Local day by record, as `recordKey` names it. */
  readonly dates: ReadonlyMap<string, string>;
  /** Causes as reports show them, by id. */
  readonly causes: ReadonlyMap<string, Pick<Cause, 'id' | 'label'>>;
}

/** Names a record among all others. */
export function recordKey({ user, id }: Pick<RecordedWrite, 'user' | 'id'>): string {
  return JSON.stringify([user, id]);
}

/** How many replays one look takes. */
export function costOf({ golden }: Pick<LookOptions, 'golden'>): number {
  return golden ? 2 : 1;
}

/** Some records as a source to replay. */
export function sourceOf(header: RecordingHeader, records: readonly RecordedWrite[]): ReplaySource {
  async function* batches() {
    yield { records, atMs: records.map(({ at }) => Date.parse(at)) };
  }
  return { header, batches: batches() };
}

/** Replays a source, in two settings where a case is looked at, and tells what it shows. */
export async function look(open: () => Promise<ReplaySource>, options: LookOptions): Promise<Look> {
  const { config, golden, isWanted, plan } = options;
  const { migration } = config;
  const hits: Hit[] = [];
  const dates = new Map<string, string>();
  const breaches = new BreachCauses(migration, ({ suite: _, stage: __, code: ___, value, ...breach }) => {
    const hit: Hit = { ...breach, sign: value < 0 ? -1 : 1 };
    if (isWanted?.(hit)) hits.push(hit);
    return [];
  });
  const source = await open();
  const scrapes = plan && new ScrapeTally(migration.metrics, { intervalMs: plan.settings.scrapeIntervalMs });
  const kept: Replayed[] = [];
  await run(source, options, golden ? config.settings.base : options.flags, scrapes, {
    onReplayed: (one) => {
      if (options.withDates) dates.set(recordKey(one.record), one.result.date);
      if (isWanted) breaches.onReplayed('', one);
      if (golden) kept.push(one);
    },
    onUserEnd: (user) => breaches.onUserEnd(user),
  });
  let changes: Seen['changes'] = [];
  if (golden) {
    const full: Replayed[] = [];
    const onReplayed = (one: Replayed): void => void full.push(one);
    await run(await open(), options, config.settings.full, null, { onReplayed, onUserEnd: () => {} });
    changes = changesOf(golden, kept, full, options);
  }
  const causes = new Map(breaches.causes().map((cause) => [cause.id, cause]));
  const alerts = plan && scrapes ? firing(plan, source.header.env, scrapes, options) : [];
  return { hits, alerts, changes, dates, causes };
}

async function run(
  source: ReplaySource,
  { config, store, seed, defect, golden }: LookOptions,
  flags: FlagTexts,
  scrapes: ScrapeTally | null,
  observer: Pick<ReplayObserver, 'onReplayed' | 'onUserEnd'>,
): Promise<void> {
  await store.reset();
  await replay({
    migration: scrapes ? scrapedMigration(config.migration, scrapes) : config.migration,
    store,
    source,
    flags,
    seed,
    defect,
    metrics: new Tally(config.migration).metrics,
    keep: golden !== null,
    observer: { ...observer, onSkipped: () => {} },
  });
}

/** What of a case is not as accepted, held against the accepted outcomes of those records that are still there. */
function changesOf(
  { key, accepted }: NonNullable<LookOptions['golden']>,
  base: readonly Replayed[],
  full: readonly Replayed[],
  { config }: LookOptions,
): Seen['changes'] {
  const input = { suite: accepted.suite, user: accepted.user, base: casesOf(base), full: casesOf(full) };
  const document = goldenDocuments(input, outcomeShape(config.migration)).get(key);
  if (!document) return [];
  const left = new Set(document.base.map(({ id }) => id));
  const restricted = {
    ...accepted,
    base: accepted.base.filter(({ id }) => left.has(id)),
    full: accepted.full.filter(({ id }) => left.has(id)),
  };
  return outcomeChanges(restricted, document);
}

function casesOf(replayed: readonly Replayed[]): CaseRecord[] {
  return replayed.map(({ record, result, issued }) => ({ id: record.id, at: record.at, result, issued }));
}

/** The alerts of all rule sets that fire at any time. */
function firing(
  plan: AlertPlan,
  env: string,
  scrapes: ScrapeTally,
  { config }: LookOptions,
): readonly FiringAlert[] {
  const scraped = scrapesOf(new Map([[env, scrapes]]), config.migration, plan.settings);
  if (!scraped) return [];
  return emulateRuleSets(plan, scraped)
    .outcomes.filter(({ firingAtMs }) => firingAtMs !== null)
    .map(({ ruleset, alert, labels }) => ({ ruleset, alert, labels }));
}
