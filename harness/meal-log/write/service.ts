/**
 * One write through the service, as production runs it: the key and its lock, the legacy path in the live
 * transaction, the answer, then V2 in a transaction of its own whose failure reaches nobody. The order of the steps
 * is the subject here; what the paths compute stands in `legacy.ts` and `v2/`.
 */
import { GolemError } from '../../errors.ts';
import { breachedFields, compareTotals } from '../../diff/fields.ts';
import type {
  DayDifference,
  PathFailure,
  PathOutcome,
  RecordDifference,
  ServiceEnvironment,
  StoredRow,
  Write,
  WriteResult,
  WriteService,
} from '../../migration.ts';
import { variantOf } from '../defects/index.ts';
import { instantText, localDate, localHour } from '../instant.ts';
import { FIELDS, totalsArray, ZERO_TOTALS } from '../fields.ts';
import { readFlags, rolloutBucket } from '../flags.ts';
import { IDEMPOTENCY_STATUSES, type IdempotencyStatus, METRIC } from '../metrics.ts';
import { observeDay, observeRecord } from '../observe.ts';
import type { Analysis } from '../provider/answer-shape.ts';
import { analyse } from '../provider/client.ts';
import {
  type DayDetails,
  type DiffRow,
  type MealLogRow,
  type MealLogStore,
  StoreRefusal,
  type Totals,
} from '../store/contract.ts';
import { messageOf } from '../v2/normalise.ts';
import { slotFromHour } from '../v2/slot.ts';
import type { V2Computation } from '../v2/pipeline.ts';
import { effectiveKey, KEY_LIFETIME_MS, keyDigest } from './idempotency.ts';
import type { LegacyComputation } from './legacy.ts';
import { answerOf, liveRow, shadowMeta, shadowRow } from './rows.ts';

export interface MealLogService extends WriteService {
  /** Answers as soon as legacy has committed; `settled` is the whole result once the shadow has finished. */
  begin(write: Write): Promise<Begun>;
}

export interface Begun {
  readonly answer: WriteResult['answer'];
  readonly settled: Promise<WriteResult>;
}

type Live =
  | {
      readonly state: 'new';
      readonly row: MealLogRow;
      readonly analysis: Analysis;
      readonly legacy: LegacyComputation;
    }
  | { readonly state: 'hit'; readonly row: MealLogRow; readonly firstAtMs: number }
  | { readonly state: 'stale'; readonly firstAtMs: number }
  | { readonly state: 'failed'; readonly analysis: Analysis | null; readonly failure: PathFailure };

type NewLive = Extract<Live, { state: 'new' }>;

/** What the shadow left: its outcome, the live row after a merge, and the differences where they were stored. */
interface Shadow {
  readonly outcome: PathOutcome;
  readonly live: MealLogRow;
  readonly record: RecordDifference | null;
  readonly day: DayDifference | null;
}

/** Everything about one write that both paths need. */
interface Context {
  readonly write: Write;
  readonly at: string;
  readonly date: string;
  readonly phase: string;
  readonly key: string;
  readonly digest: string;
  readonly identityHolds: boolean;
}

/** The stable code of what went wrong, and words that stay out of reports. */
function failureOf(error: unknown): PathFailure {
  if (error instanceof StoreRefusal) return { code: error.code, message: error.message };
  return { code: 'exception', message: error instanceof Error ? error.message : String(error) };
}

/** Golem's own refusals and lost databases are not a path's failure: they end the run. */
function rethrowForeign(error: unknown): void {
  if (error instanceof GolemError) throw error;
}

export function createMealLogService(environment: ServiceEnvironment<MealLogStore>): MealLogService {
  const { store, clock, ids, metrics, tzOffsetMinutes } = environment;
  const flags = readFlags(environment.flags);
  const variant = variantOf(environment.defect, flags.simpleScale);
  let bucketUser = '';
  let bucketOfUser = 0;

  function bucketOf(user: string): number {
    if (user !== bucketUser) {
      bucketUser = user;
      bucketOfUser = rolloutBucket(user);
    }
    return bucketOfUser;
  }

  /** Keys and buckets of a verbatim recording are derived again and held against what was recorded. */
  function contextOf(write: Write): Context {
    let bucket = write.rolloutBucket;
    let key = write.requestKey;
    let identityHolds = true;
    if (bucket === null || environment.verbatim) {
      const derived = bucketOf(write.user);
      if (bucket !== null && bucket !== derived) identityHolds = false;
      bucket = derived;
    }
    let digest: string;
    if (key === null || environment.verbatim) {
      const recorded = key;
      key = effectiveKey(write.user, write.request);
      digest = keyDigest(key);
      if (recorded !== null && recorded !== digest) identityHolds = false;
    } else {
      digest = keyDigest(key);
    }
    return {
      write,
      at: instantText(write.atMs),
      date: localDate(write.atMs, tzOffsetMinutes),
      phase: bucket < flags.dualWriteBuckets ? 'P1' : 'P0',
      key,
      digest: digest.slice(0, 16),
      identityHolds,
    };
  }

  async function runLive(context: Context): Promise<Live> {
    const { write, key } = context;
    const notBefore = instantText(write.atMs - KEY_LIFETIME_MS);
    let analysis: Analysis | null = null;
    try {
      return await store.transaction(async (tx): Promise<Live> => {
        await tx.lockKey(write.user, key);
        const known = await tx.findRequest(write.user, key, notBefore);
        if (known) {
          const row = await tx.findLog(known.log_id);
          const firstAtMs = Date.parse(known.created_at);
          return row ? { state: 'hit', row, firstAtMs } : { state: 'stale', firstAtMs };
        }
        const message = messageOf(write.request);
        const files = write.request.files;
        analysis = await analyse({ upstream: write.upstream, clock }, { message: message || null, files });
        const legacy = variant.computeLegacy(analysis);
        const row = await variant.insertLog(
          tx,
          liveRow({
            id: ids.uuid('log'),
            userId: write.user,
            consumedAt: context.at,
            mealType: slotFromHour(localHour(write.atMs, tzOffsetMinutes)),
            imageId: files[0]?.sha256 ?? null,
            analysis,
            legacy,
          }),
        );
        await tx.insertRequest(
          {
            id: ids.uuid('ingest'),
            user_id: write.user,
            request_key: key,
            log_id: row.id,
            created_at: context.at,
          },
          notBefore,
        );
        return { state: 'new', row, analysis, legacy };
      });
    } catch (error) {
      rethrowForeign(error);
      return { state: 'failed', analysis, failure: failureOf(error) };
    }
  }

  async function runShadow(context: Context, live: MealLogRow, analysis: Analysis): Promise<Shadow> {
    const startedMs = clock.nowMs();
    let v2: V2Computation | null = null;
    try {
      const computed = variant.computeV2({
        request: context.write.request,
        analysis,
        atMs: context.write.atMs,
        tzOffsetMinutes,
        ids,
      });
      v2 = computed;
      if (computed.draft.refused) {
        return { outcome: outcomeOf('refused', computed, [], null), live, record: null, day: null };
      }
      return await store.shadowTransaction(async (tx): Promise<Shadow> => {
        const row = await variant.insertShadow(tx, shadowRow(ids.uuid('shadow'), live, computed));
        const merged =
          context.phase === 'P1'
            ? await tx.mergeIntoLive(live.id, {
                slot: computed.draft.slot,
                event: computed.draft.event,
                totals: computed.totals,
                meta: shadowMeta(live.id, computed),
              })
            : live;
        const legacyTotals = storedTotals(live);
        const v2Totals = computed.totals ?? ZERO_TOTALS;
        const codes = mismatchCodes(computed, legacyTotals);
        const record = compareTotals(FIELDS, totalsArray(legacyTotals), totalsArray(v2Totals));
        observeRecord(metrics, record);
        const [dkcal, dp, df, dc, relP, relF, relC] = record.values;
        const diff = await tx.insertRecordDiff({
          id: ids.uuid('diff'),
          ts: context.at,
          phase: context.phase,
          user_id: context.write.user,
          log_id: live.id,
          date: context.date,
          dkcal: dkcal!,
          dp: dp!,
          df: df!,
          dc: dc!,
          rel_p: relP!,
          rel_f: relF!,
          rel_c: relC!,
          details: { legacy: legacyTotals, v2: v2Totals, codes },
        });
        await tx.lockDay(context.phase, context.write.user, context.date);
        const dayRow = await tx.recomputeDay({
          id: ids.uuid('day'),
          ts: context.at,
          phase: context.phase,
          userId: context.write.user,
          date: context.date,
        });
        const day = dayDifference(dayRow);
        observeDay(metrics, day);
        const rows = [stored('meal_logs_v2_shadow', row), stored('diffs', diff)];
        // The first record of a day makes the day's row; later ones change it in place.
        rows.push({ ...stored('diffs', dayRow), inPlace: day.records > 1 });
        return { outcome: outcomeOf('stored', computed, rows, null, codes), live: merged, record, day };
      });
    } catch (error) {
      rethrowForeign(error);
      metrics.increment(METRIC.writeErrors, 0);
      const outcome = outcomeOf('failed', v2, [], failureOf(error));
      return { outcome, live, record: null, day: null };
    } finally {
      metrics.observe(METRIC.writeDuration, 0, (clock.nowMs() - startedMs) / 1000);
    }
  }

  /** V2's computation where legacy left no row to stand beside: nothing is stored, nothing is observed. */
  function computeUnstored(context: Context, analysis: Analysis): PathOutcome {
    try {
      const computed = variant.computeV2({
        request: context.write.request,
        analysis,
        atMs: context.write.atMs,
        tzOffsetMinutes,
        ids,
      });
      return outcomeOf('unstored', computed, [], null);
    } catch (error) {
      rethrowForeign(error);
      return outcomeOf('failed', null, [], failureOf(error));
    }
  }

  function countKey(status: IdempotencyStatus): void {
    metrics.increment(METRIC.idempotency, IDEMPOTENCY_STATUSES.indexOf(status));
  }

  /** The result of a write that legacy did not store anew: a repeat, a stale one, or a failure. */
  function resultOfOther(context: Context, live: Exclude<Live, { state: 'new' }>): WriteResult {
    switch (live.state) {
      case 'hit': {
        countKey('hit');
        const answer = { status: 200, body: answerOf(live.row, context.key, true) };
        return {
          ...emptyResult(context, 'hit', answer),
          firstAtMs: live.firstAtMs,
          rowId: live.row.id,
        };
      }
      case 'stale': {
        countKey('stale');
        const answer = failureAnswer(409, 'stale_idempotency', context.key);
        return { ...emptyResult(context, 'stale', answer), firstAtMs: live.firstAtMs };
      }
      case 'failed': {
        countKey('error');
        const legacy: PathOutcome = {
          state: 'failed',
          totals: null,
          warnings: [],
          trace: [],
          rows: [],
          failure: live.failure,
        };
        const v2 = flags.shadow && live.analysis ? computeUnstored(context, live.analysis) : null;
        const answer = failureAnswer(500, 'write_failed', context.key);
        return { ...emptyResult(context, 'error', answer), legacy, v2 };
      }
    }
  }

  /** The result of a write that legacy stored, with what the shadow made of it. */
  function resultOfNew(context: Context, live: NewLive, shadow: Shadow | null): WriteResult {
    const leaked = !variant.isolatesV2 && shadow?.outcome.state === 'failed';
    return {
      disposition: 'new',
      answer: leaked
        ? failureAnswer(500, 'write_failed', context.key)
        : { status: 200, body: answerOf(live.row, context.key, false) },
      keyDigest: context.digest,
      identityHolds: context.identityHolds,
      firstAtMs: null,
      phase: context.phase,
      date: context.date,
      rowId: live.row.id,
      legacy: {
        state: 'stored',
        totals: totalsArray(storedTotals(live.row)),
        warnings: live.legacy.warnings,
        trace: live.legacy.trace,
        rows: [stored('meal_logs', live.row)],
        failure: null,
      },
      v2: shadow ? shadow.outcome : null,
      liveRow: (shadow ? shadow.live : live.row) as unknown as Record<string, unknown>,
      record: shadow ? shadow.record : null,
      day: shadow ? shadow.day : null,
    };
  }

  async function deleteLog(write: Write, logId: string): Promise<WriteResult> {
    const deleted = UUID.test(logId) && (await store.transaction((tx) => tx.deleteLog(logId, write.user)));
    return withoutKey(
      write,
      deleted
        ? { status: 200, body: { ok: true, logId } }
        : { status: 404, body: { ok: false, error: 'not_found' } },
      deleted ? logId : null,
    );
  }

  /** The result of a request that logs nothing. */
  function withoutKey(write: Write, answer: WriteResult['answer'], rowId: string | null): WriteResult {
    const date = localDate(write.atMs, tzOffsetMinutes);
    return {
      ...emptyResult({ digest: null, identityHolds: true, phase: 'P0', date }, 'other', answer),
      rowId,
    };
  }

  /** Requests other than a meal to log; null for one of those. */
  function otherRequest(write: Write): Promise<WriteResult> | null {
    const { method, path } = write.request;
    if (method === 'POST' && path === '/log') return null;
    if (method === 'DELETE' && path.startsWith('/log/')) return deleteLog(write, path.slice('/log/'.length));
    return Promise.resolve(withoutKey(write, { status: 404, body: { ok: false, error: 'not_found' } }, null));
  }

  async function begin(write: Write): Promise<Begun> {
    const other = otherRequest(write);
    if (other) return begun(await other);
    const context = contextOf(write);
    const live = await runLive(context);
    if (live.state !== 'new') return begun(resultOfOther(context, live));
    countKey('new');
    if (!flags.shadow || !variant.isolatesV2) {
      const shadow = flags.shadow ? await runShadow(context, live.row, live.analysis) : null;
      return begun(resultOfNew(context, live, shadow));
    }
    const answer = { status: 200, body: answerOf(live.row, context.key, false) };
    const shadow = runShadow(context, live.row, live.analysis);
    return { answer, settled: shadow.then((finished) => resultOfNew(context, live, finished)) };
  }

  /** The whole write at once, for callers who do not answer anybody in between. */
  async function writeWhole(write: Write): Promise<WriteResult> {
    const other = otherRequest(write);
    if (other) return other;
    const context = contextOf(write);
    const live = await runLive(context);
    if (live.state !== 'new') return resultOfOther(context, live);
    countKey('new');
    const shadow = flags.shadow ? await runShadow(context, live.row, live.analysis) : null;
    return resultOfNew(context, live, shadow);
  }

  return { begin, write: writeWhole };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function stored(table: string, row: MealLogRow | DiffRow): StoredRow {
  return { table, row: row as unknown as Record<string, unknown> };
}

function begun(result: WriteResult): Begun {
  return { answer: result.answer, settled: Promise.resolve(result) };
}

function failureAnswer(status: number, error: string, key: string): WriteResult['answer'] {
  return { status, body: { ok: false, success: false, error, idempotency_key: key } };
}

/** A result with an answer and nothing done; what was done is spread over it. */
function emptyResult(
  context: Pick<Context, 'identityHolds' | 'phase' | 'date'> & { readonly digest: string | null },
  disposition: WriteResult['disposition'],
  answer: WriteResult['answer'],
): WriteResult {
  return {
    disposition,
    answer,
    keyDigest: context.digest,
    identityHolds: context.identityHolds,
    firstAtMs: null,
    phase: context.phase,
    date: context.date,
    rowId: null,
    legacy: null,
    v2: null,
    liveRow: null,
    record: null,
    day: null,
  };
}

/** The totals of a live row as stored; legacy always writes all four. */
function storedTotals(row: MealLogRow): Totals {
  return {
    calories: row.calories ?? 0,
    protein_g: row.protein_g ?? 0,
    fat_g: row.fat_g ?? 0,
    carbs_g: row.carbs_g ?? 0,
  };
}

const NO_CODES: readonly string[] = [];
const SKIP_MISMATCH: readonly string[] = ['skip_mismatch'];

/** A skip beside a row for which legacy stored food is the one mismatch that has a code of its own. */
function mismatchCodes(v2: V2Computation, legacy: Totals): readonly string[] {
  if (v2.draft.event !== 'skip') return NO_CODES;
  const stored = legacy.calories + legacy.protein_g + legacy.fat_g + legacy.carbs_g;
  return stored > 0 ? SKIP_MISMATCH : NO_CODES;
}

function outcomeOf(
  state: PathOutcome['state'],
  v2: V2Computation | null,
  rows: PathOutcome['rows'],
  failure: PathFailure | null,
  codes: readonly string[] = NO_CODES,
): PathOutcome {
  const warnings = v2 ? v2.draft.warnings : NO_CODES;
  return {
    state,
    totals: v2?.totals ? totalsArray(v2.totals) : null,
    warnings: codes.length === 0 ? warnings : [...warnings, ...codes],
    trace: v2 ? v2.trace : [],
    rows,
    failure,
  };
}

function dayDifference(row: DiffRow & { readonly details: DayDetails }): DayDifference {
  const values = [row.dkcal, row.dp, row.df, row.dc, row.rel_p, row.rel_f, row.rel_c];
  const legacy = totalsArray(row.details.legacy);
  return {
    date: row.date,
    phase: row.phase,
    records: row.details.records,
    values,
    breached: breachedFields(FIELDS, values, legacy),
    legacy,
    v2: totalsArray(row.details.v2),
  };
}
