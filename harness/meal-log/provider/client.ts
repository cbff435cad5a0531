/**
 * Asks the nutrition provider what a meal was, patiently but not for ever, and falls back to the dictionary. The
 * transport, the clock and chance come in as arguments, so a replay runs these very lines over recorded answers.
 */
import { GolemError } from '../../errors.ts';
import type { Clock, RequestFile, Upstream, UpstreamResponse } from '../../migration.ts';
import { readAnswer } from './answer.ts';
import type { Analysis, ProviderAnswer } from './answer-shape.ts';
import { answerFromDictionary } from './dictionary-fallback.ts';
import { providerRequest } from './request.ts';

/** Calls made at most for one meal. */
export const MAX_ATTEMPTS = 3;
/** Waits before the second and the third call. */
export const BACKOFF_MS: readonly number[] = [200, 800];
/** Malformed answers asked for again; a model that writes bad JSON twice will do so a third time. */
const MAX_MALFORMED_RETRIES = 1;

export interface ProviderContext {
  readonly upstream: Upstream;
  readonly clock: Clock;
  /** Milliseconds added to a wait, so that many instances do not retry in step; none by default. */
  readonly jitterMs?: (attempt: number) => number;
}

/** Why the dictionary steps in, as `Analysis.fallback` carries it. */
type FallbackCode = 'provider_timeout' | 'provider_status' | 'provider_malformed' | 'provider_empty';

/**
 * Analyses a meal. Time-outs, lost connections, 429 and 5xx are asked again up to `MAX_ATTEMPTS` calls, malformed
 * answers once, other statuses and empty answers never; after that the dictionary answers from the message. Rejects
 * only when the upstream rejects with a `GolemError`: a replay without a recorded answer is not a provider's fault.
 */
export async function analyse(
  context: ProviderContext,
  request: { readonly message: string | null; readonly files: readonly RequestFile[] },
): Promise<Analysis> {
  const question = providerRequest(
    request.message,
    request.files.map((file) => file.sha256),
  );
  let attempts = 0;
  let malformed = 0;
  for (;;) {
    attempts += 1;
    let response: UpstreamResponse | null;
    try {
      response = await context.upstream(question);
    } catch (error) {
      if (error instanceof GolemError) throw error;
      response = null;
    }
    const judged = judge(response);
    if ('answer' in judged) {
      return { answer: judged.answer, source: 'provider', fallback: null, attempts };
    }
    if (judged.failure === 'provider_malformed') malformed += 1;
    if (!judged.retriable || attempts >= MAX_ATTEMPTS || malformed > MAX_MALFORMED_RETRIES) {
      return {
        answer: answerFromDictionary(request.message),
        source: 'dictionary',
        fallback: judged.failure,
        attempts,
      };
    }
    await context.clock.sleep((BACKOFF_MS[attempts - 1] ?? 0) + (context.jitterMs?.(attempts) ?? 0));
  }
}

type Judged =
  | { readonly answer: ProviderAnswer }
  | { readonly failure: FallbackCode; readonly retriable: boolean };

function judge(response: UpstreamResponse | null): Judged {
  if (response === null) return { failure: 'provider_timeout', retriable: true };
  const { status } = response;
  if (status < 200 || status > 299) {
    return { failure: 'provider_status', retriable: status === 429 || status >= 500 };
  }
  const read = readAnswer(response.body);
  if ('malformed' in read) return { failure: 'provider_malformed', retriable: true };
  if (isEmpty(read.answer)) return { failure: 'provider_empty', retriable: false };
  return read;
}

/** No items and not one total: the provider recognised nothing. */
function isEmpty(answer: ProviderAnswer): boolean {
  if (answer.items.length > 0) return false;
  const totals = answer.totals;
  return (
    totals == null ||
    (totals.calories == null && totals.protein_g == null && totals.fat_g == null && totals.carbs_g == null)
  );
}
