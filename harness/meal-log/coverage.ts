/**
 * What a meal covers of everything meals can be: which guards it woke, which words and units it came with, which slot
 * and hour it fell into. It stands with the migration because a recording is only as good as the cases that are in it,
 * and only here is it known which there are.
 */
import type { CoverageRules, Strata, TraceEntry, WriteRequest, WriteResult } from '../migration.ts';
import { unitOf } from './dictionary/units.ts';
import { localHour } from './instant.ts';
import type { ProviderAnswer } from './provider/answer-shape.ts';
import { SLOTS } from './v2/draft.ts';
import { messageOf } from './v2/normalise.ts';
import { GUARDS } from './v2/pipeline.ts';

const GUARD_NAMES = GUARDS.map(({ name }) => name);

const DIMENSIONS: CoverageRules['dimensions'] = {
  guard: GUARD_NAMES,
  warning: null,
  legacy_warning: null,
  slot: SLOTS,
  language: ['ja', 'en', 'other', 'none'],
  sent: ['text', 'image', 'text and image'],
  source: ['provider', 'dictionary'],
  items: ['0', '1', '2-3', '4-6', '7-15', '16+'],
  unit: null,
  hour: Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0')),
};

/** What legacy keeps of an analysis. */
interface AiRaw {
  readonly source: string;
  readonly answer: ProviderAnswer;
}

function strata(
  write: { readonly request: WriteRequest; readonly atMs: number; readonly tzOffsetMinutes: number },
  result: WriteResult,
): Strata {
  // A repeat computes nothing, and a deletion is no meal.
  if (write.request.method !== 'POST') return {};
  const { v2, legacy, liveRow } = result;
  const raw = (liveRow?.ai_raw ?? null) as AiRaw | null;
  const shadow = v2?.rows.find(({ table }) => table === 'meal_logs_v2_shadow')?.row;
  return {
    guard: guardsIn(v2?.trace ?? []),
    warning: v2?.warnings ?? [],
    legacy_warning: legacy?.warnings ?? [],
    slot: typeof shadow?.slot === 'string' ? [shadow.slot] : [],
    language: [languageOf(messageOf(write.request))],
    sent: sentAs(write.request),
    source: raw ? [raw.source] : [],
    items: raw ? [sizeOf(raw.answer.items.length)] : [],
    unit: raw ? raw.answer.items.map(unitName) : [],
    hour: [String(localHour(write.atMs, write.tzOffsetMinutes)).padStart(2, '0')],
  };
}

/** The guards that changed something. */
function guardsIn(trace: readonly TraceEntry[]): string[] {
  return trace
    .filter(({ stage, changes }) => changes.length > 0 && GUARD_NAMES.includes(stage))
    .map(({ stage }) => stage);
}

/** By script alone: words in Han, Hiragana or Katakana are Japanese here, Latin letters English. */
function languageOf(message: string): string {
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(message)) return 'ja';
  if (/\p{Script=Latin}/u.test(message)) return 'en';
  return /\p{L}/u.test(message) ? 'other' : 'none';
}

function sentAs(request: WriteRequest): string[] {
  const text = messageOf(request).trim() !== '';
  if (request.files.length === 0) return text ? ['text'] : [];
  return [text ? 'text and image' : 'image'];
}

function sizeOf(items: number): string {
  if (items <= 1) return String(items);
  if (items <= 3) return '2-3';
  if (items <= 6) return '4-6';
  return items <= 15 ? '7-15' : '16+';
}

/** The unit by the name it has in the table, so that its spellings count as one. */
function unitName({ amount, unit }: ProviderAnswer['items'][number]): string {
  if (unit == null || unit === '') return amount == null ? 'no amount' : 'no unit';
  return unitOf(unit)?.name ?? 'unknown unit';
}

/** How the reference migration says what a recording covers. */
export const coverage: CoverageRules = { dimensions: DIMENSIONS, strata };
