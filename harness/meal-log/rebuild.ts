/**
 * Rebuilds what the provider must have answered from what the service kept of it: the stored analysis, or the
 * breakdown in an answer. A file of its own because rows of a database and exchanges of a HAR file are rebuilt alike,
 * and both only where legacy demonstrably computes the same totals from it again.
 */
import type { ImportedWrite, RequestFile } from '../migration.ts';
import { readAnswer } from './provider/answer.ts';
import type { ProviderAnswer } from './provider/answer-shape.ts';
import { answerFromDictionary } from './provider/dictionary-fallback.ts';
import { providerRequest } from './provider/request.ts';
import type { Totals } from './store/contract.ts';
import { canonicalJson } from './write/idempotency.ts';
import { computeLegacy, type LegacyComputation } from './write/legacy.ts';

/** What a service kept of an analysis. */
export interface KeptAnalysis {
  readonly source: 'provider' | 'dictionary';
  readonly answer: ProviderAnswer;
  /** Legacy's warnings; the one that names why the dictionary stepped in is among them. */
  readonly warnings: readonly string[];
}

type Upstream = ImportedWrite['upstream'];
type Response = Upstream[number]['response'];

/** Answers after which the client falls back with this code, the shortest there are. */
const FAILED_CALLS: Readonly<Record<string, readonly Response[]>> = {
  provider_timeout: [null, null, null],
  provider_status: [{ status: 400, body: '' }],
  provider_malformed: [
    { status: 200, body: '{' },
    { status: 200, body: '{' },
  ],
  provider_empty: [{ status: 200, body: '{"dish":"","confidence":0,"items":[]}' }],
};

/** The calls of one write that end in this analysis, or the reason why none are known to. */
export function upstreamOf(
  kept: KeptAnalysis,
  message: string | null,
  files: readonly RequestFile[],
): Upstream | string {
  const calls = (responses: readonly Response[]): Upstream => {
    const question = providerRequest(
      message,
      files.map(({ sha256 }) => sha256),
    );
    return responses.map((response) => ({ request: question, response, latencyMs: 0 }));
  };
  if (kept.source === 'provider') {
    const body = JSON.stringify(kept.answer);
    const read = readAnswer(body);
    return 'answer' in read
      ? calls([{ status: 200, body }])
      : `no answer of the provider's: ${read.malformed}`;
  }
  const failed = kept.warnings.map((code) => FAILED_CALLS[code]).find((calls) => calls !== undefined);
  if (!failed) return "not known why the dictionary answered: no warning of legacy's says so";
  if (canonicalJson(answerFromDictionary(message)) !== canonicalJson(kept.answer)) {
    return 'words not known: the dictionary answered, and the words it read are not kept';
  }
  return calls(failed);
}

/** What legacy computes of a kept analysis. */
export function legacyOf({ source, answer, warnings }: KeptAnalysis): LegacyComputation {
  const fallback = source === 'provider' ? null : (warnings.find((code) => code in FAILED_CALLS) ?? null);
  return computeLegacy({ source, answer, fallback, attempts: 1 });
}

export function sameTotals(a: Totals, b: Totals): boolean {
  return (
    a.calories === b.calories && a.protein_g === b.protein_g && a.fat_g === b.fat_g && a.carbs_g === b.carbs_g
  );
}

/**
 * Words that the dictionary answers in this way, where such can be made of its items; null where they cannot. The
 * words themselves are lost, and any that are read alike will do.
 */
export function wordsFor(answer: ProviderAnswer): string | null {
  const written = answer.items.map(({ name, amount, unit }) => (unit === 'g' ? `${name} ${amount}g` : name));
  const wanted = canonicalJson(answer);
  for (const words of [written.join('、'), written.join(', '), answer.dish]) {
    if (canonicalJson(answerFromDictionary(words)) === wanted) return words;
  }
  return null;
}
