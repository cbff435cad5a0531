/**
 * Completes meals that a browser or a proxy saw go by: which question the service asked the provider about them, and
 * what the provider must have answered, as far as the breakdown in the service's answer tells. It stands with the
 * migration because only here is it known what an answer says.
 */
import { z } from 'zod';
import type { ExchangeImporter, WriteRequest } from '../migration.ts';
import type { ProviderAnswer } from './provider/answer-shape.ts';
import { providerRequest } from './provider/request.ts';
import { type KeptAnalysis, legacyOf, sameTotals, upstreamOf } from './rebuild.ts';
import type { Totals } from './store/contract.ts';
import { messageOf } from './v2/normalise.ts';

/** The answer to a meal that was logged, as far as it is needed. */
const logged = z.looseObject({
  dish: z.string(),
  confidence: z.number(),
  nutrition: z.object({
    calories: z.number(),
    protein_g: z.number(),
    fat_g: z.number(),
    carbs_g: z.number(),
  }),
  breakdown: z.looseObject({ items: z.array(z.unknown()), warnings: z.array(z.string()).default([]) }),
  meta: z.looseObject({ source: z.enum(['provider', 'dictionary']) }),
});

const keyed = z.looseObject({ idempotency_key: z.string().min(1) });

function question(request: WriteRequest): ReturnType<ExchangeImporter['question']> {
  if (request.method !== 'POST') return null;
  return providerRequest(
    messageOf(request) || null,
    request.files.map(({ sha256 }) => sha256),
  );
}

function rebuild(
  request: WriteRequest,
  { status, body }: { readonly status: number; readonly body: unknown },
): ReturnType<ExchangeImporter['upstreamOf']> {
  // A stale key is refused before anything is asked.
  if (request.method !== 'POST' || status === 409) return [];
  if (status !== 200) return { refused: `no upstream calls: an answer of ${status} does not tell them` };
  const read = logged.safeParse(body);
  if (!read.success) {
    const issue = read.error.issues[0];
    return { refused: `no upstream calls: the answer has no breakdown (${issue?.path.join('.') || 'body'})` };
  }
  const kept = keptOf(read.data);
  if (kept === null) {
    return {
      refused: 'no upstream calls: its totals and warnings are not what legacy makes of its breakdown',
    };
  }
  const calls = upstreamOf(kept, messageOf(request) || null, request.files);
  return typeof calls === 'string' ? { refused: calls } : calls;
}

/** The provider's answer behind a breakdown: without totals of its own, else with those that were answered. */
function keptOf({
  dish,
  confidence,
  nutrition,
  breakdown,
  meta,
}: z.infer<typeof logged>): KeptAnalysis | null {
  const answer = { dish, confidence, items: breakdown.items } as ProviderAnswer;
  const kept: KeptAnalysis = { source: meta.source, answer, warnings: breakdown.warnings };
  for (const one of [kept, { ...kept, answer: { ...answer, totals: nutrition } }]) {
    if (leadsTo(one, nutrition)) return one;
  }
  return null;
}

/**
 * Whether legacy makes of it the same totals with the same warnings. Items of a foreign answer may be of any shape;
 * one that legacy cannot add up leads nowhere.
 */
function leadsTo(kept: KeptAnalysis, totals: Totals): boolean {
  const { source, answer, warnings } = kept;
  // The client takes an answer without items and totals for none.
  if (source === 'provider' && answer.items.length === 0 && !answer.totals) return false;
  try {
    const legacy = legacyOf(kept);
    return sameTotals(legacy.totals, totals) && legacy.warnings.join() === warnings.join();
  } catch {
    return false;
  }
}

/** How the reference migration completes what a HAR file holds. */
export const exchangeImporter: ExchangeImporter = {
  question,
  answeredKey: (answer) => keyed.safeParse(answer).data?.idempotency_key ?? null,
  upstreamOf: rebuild,
};
