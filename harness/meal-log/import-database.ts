/**
 * Reads meals back out of `meal_logs` and `ingest_requests`: the columns that matter, and the write behind a row. It
 * stands with the migration because the tables are its own; connecting and streaming are the import's business.
 */
import { z } from 'zod';
import type { DatabaseImporter, DatabaseRow, RebuiltWrite, RequestFile, WriteRequest } from '../migration.ts';
import { localHour } from './instant.ts';
import type { ProviderAnswer } from './provider/answer-shape.ts';
import { type KeptAnalysis, legacyOf, sameTotals, upstreamOf, wordsFor } from './rebuild.ts';
import type { MealLogRow, Totals } from './store/contract.ts';
import { slotFromHour } from './v2/slot.ts';
import { effectiveKey } from './write/idempotency.ts';
import { answerOf } from './write/rows.ts';

/**
 * A row a write: logs with the key they were stored under, logs whose key has expired, keys whose log is gone. The
 * time is that of the request where its key is still known, since people move meals afterwards.
 */
const QUERY = `
select
  coalesce(l.id, r.log_id)::text as id,
  coalesce(l.user_id, r.user_id) as "user",
  to_char(
    date_trunc('milliseconds', coalesce(r.created_at, l.consumed_at)) at time zone 'UTC',
    'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'
  ) as at,
  l.id is not null as has_log,
  r.request_key,
  l.food_item, l.meal_type, l.calories, l.protein_g, l.fat_g, l.carbs_g, l.ai_raw, l.image_id, l.landing_type,
  l.meta, l.is_deleted,
  date_trunc('milliseconds', l.consumed_at) <> date_trunc('milliseconds', r.created_at) as moved
from meal_logs l
full join ingest_requests r on r.log_id = l.id and r.user_id = l.user_id
where ($1::timestamptz is null or coalesce(r.created_at, l.consumed_at) >= $1::timestamptz)
  and ($2::timestamptz is null or coalesce(r.created_at, l.consumed_at) < $2::timestamptz)
  and ($3::text[] is null or coalesce(l.user_id, r.user_id) = any ($3::text[]))`;

const raw = z.object({
  source: z.enum(['provider', 'dictionary']),
  answer: z.looseObject({ dish: z.string(), confidence: z.number(), items: z.array(z.unknown()) }),
});
const meta = z.looseObject({ warnings: z.array(z.string()).optional() });

/** Parses a jsonb column, which is JSON; null where it is null or not of the shape. */
function read<Value>(shape: z.ZodType<Value>, text: string | null | undefined): Value | null {
  if (text == null) return null;
  const checked = shape.safeParse(JSON.parse(text));
  return checked.success ? checked.data : null;
}

function build(row: DatabaseRow, tzOffsetMinutes: number): ReturnType<DatabaseImporter['build']> {
  const { id, user, at } = row;
  if (id == null || user == null || at == null) return { refused: 'no id, user or time' };
  if (row.has_log !== 't') return { refused: 'log gone: only its key is left' };
  const kept = readKept(row);
  if (kept === null) return { refused: "no analysis: ai_raw does not hold the provider's answer" };
  const files = filesOf(row.image_id ?? null);
  const message = messageFor(kept, files);
  const upstream = upstreamOf(kept, message, files);
  if (typeof upstream === 'string') return { refused: upstream };
  // A key that was made of words which are gone stands in the header, so that the same key is derived again.
  const requestKey = row.request_key ?? `import:${id}`;
  const request: WriteRequest = {
    method: 'POST',
    path: '/log',
    headers: {
      'content-type': files.length === 0 ? 'application/json' : 'multipart/form-data',
      'idempotency-key': requestKey,
    },
    body: message === null ? {} : { message },
    files,
  };
  if (effectiveKey(user, request) !== requestKey) return { refused: 'no key: it is empty or too long' };
  return {
    request,
    requestKey,
    upstream,
    answer: { status: 200, body: answerOf(asRow(row, id, kept), requestKey, false) },
    doubts: doubtsOf(row, kept, tzOffsetMinutes),
    ...(row.is_deleted === 't' && { followedBy: deletion(id, user) }),
  };
}

function readKept(row: DatabaseRow): KeptAnalysis | null {
  const kept = read(raw, row.ai_raw);
  if (kept === null) return null;
  const warnings = read(meta, row.meta)?.warnings ?? [];
  return { source: kept.source, answer: kept.answer as unknown as ProviderAnswer, warnings };
}

/** An image is known by its digest; what it was called and how large it was is not stored. */
function filesOf(imageId: string | null): readonly RequestFile[] {
  if (imageId === null || !/^[0-9a-f]{64}$/.test(imageId)) return [];
  return [{ name: 'image', mime: 'application/octet-stream', sha256: imageId, bytes: 0 }];
}

/** The dish's name stands in for the words, which are not stored; what came as an image needs none. */
function messageFor({ source, answer }: KeptAnalysis, files: readonly RequestFile[]): string | null {
  if (source === 'dictionary') return wordsFor(answer) ?? (files.length > 0 ? null : answer.dish);
  if (files.length > 0) return null;
  return answer.dish.trim() || answer.items.map(({ name }) => name).join(', ') || '-';
}

function totalsOf(row: DatabaseRow): Totals {
  return {
    calories: Number(row.calories),
    protein_g: Number(row.protein_g),
    fat_g: Number(row.fat_g),
    carbs_g: Number(row.carbs_g),
  };
}

/** The row as far as an answer is made of it. */
function asRow(row: DatabaseRow, id: string, kept: KeptAnalysis): MealLogRow {
  return {
    id,
    food_item: row.food_item,
    landing_type: row.landing_type,
    ...totalsOf(row),
    ai_raw: { source: kept.source, answer: kept.answer },
    meta: { warnings: kept.warnings },
  } as unknown as MealLogRow;
}

function doubtsOf(row: DatabaseRow, kept: KeptAnalysis, tzOffsetMinutes: number): string[] {
  const doubts: string[] = [];
  const slot = slotFromHour(localHour(Date.parse(row.at ?? ''), tzOffsetMinutes));
  if (row.moved === 't') doubts.push('the meal was moved to another time after it was stored');
  else if (row.meal_type !== slot)
    doubts.push('the slot stored is not that of its local hour; see --tz-offset');
  if (!sameTotals(legacyOf(kept).totals, totalsOf(row)))
    doubts.push('the totals stored are not those legacy computes of the answer');
  if (row.image_id != null && filesOf(row.image_id).length === 0)
    doubts.push('the image is not known by a SHA-256 and left out');
  return doubts;
}

function deletion(id: string, user: string): NonNullable<RebuiltWrite['followedBy']> {
  const request: WriteRequest = { method: 'DELETE', path: `/log/${id}`, headers: {}, body: null, files: [] };
  return {
    request,
    requestKey: effectiveKey(user, request),
    answer: { status: 200, body: { ok: true, logId: id } },
  };
}

/** How the reference migration is read back out of PostgreSQL. */
export const databaseImporter: DatabaseImporter = {
  tables: ['meal_logs', 'ingest_requests'],
  query: QUERY,
  notes: [
    "the words people wrote are not stored; the dish's name stands for them, so that words about portions, slots " +
      'and skipped meals are not replayed',
    'repeats leave no row and are not replayed; a deletion, whose time is not stored, follows its write at once',
  ],
  build,
};
