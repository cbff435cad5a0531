/**
 * What of a meal a recording may hold: the words and figures that the paths and their comparison need, and nothing of
 * who ate it. A file of its own because it is the one a data-protection officer reads.
 */
import type { KeptByPattern, PrivacyRules } from '../recording/privacy/rules.ts';
import { MAX_DISH_LENGTH, MAX_FIGURE, MAX_NAME_LENGTH } from './provider/answer.ts';
import { PROVIDER_URL } from './provider/request.ts';

const figure = { kind: 'number', most: MAX_FIGURE } as const;
const code = { kind: 'shape', shape: /^[a-z]{1,24}(?:_[a-z]{1,24}){0,5}$/ } as const;

/** One item of the provider's answer, as the provider sent it and as the service repeats it. */
function item(at: string): KeptByPattern {
  return {
    [`${at}.name`]: { kind: 'text', most: MAX_NAME_LENGTH },
    [`${at}.amount`]: figure,
    [`${at}.unit`]: { kind: 'text', most: MAX_NAME_LENGTH },
    ...figures(at),
    [`${at}.alcohol_g`]: figure,
    [`${at}.proposed`]: { kind: 'boolean' },
  };
}

function figures(at: string): KeptByPattern {
  const names = ['calories', 'protein_g', 'fat_g', 'carbs_g'];
  return Object.fromEntries(names.map((name) => [`${at}.${name}`, figure]));
}

/** Things to eat and places to eat at that are named like streets, doctors or handles. */
const HARMLESS: readonly RegExp[] = [
  /(?<![a-z])(?:milky way|rocky road|food court|5th avenue bar|wall street sandwich|bourbon street chicken)(?:es|s)?(?![a-z])/i,
  /(?<![a-z])dr\.? (?:pepper|oetker|praeger'?s?|brown'?s?)(?![a-z])/i,
  /@(?:cafe|breakfast|brunch|lunch|dinner|supper)(?![\w.])/i,
];

export const privacyRules: PrivacyRules = {
  requests: [
    { method: 'POST', path: '/log' },
    { method: 'DELETE', path: '/log/{l}' },
  ],
  headers: {
    // The type without its parameters: a boundary is chance of the sender's library.
    'content-type': { kind: 'shape', shape: /^[a-z]{1,16}\/[a-z0-9.+-]{1,64}/ },
    'idempotency-key': { kind: 'key' },
    // The first language alone: the whole list with its weights is as good as a name.
    'accept-language': { kind: 'shape', shape: /^[a-z]{2,3}(?![a-z])/ },
  },
  body: {
    message: { kind: 'text' },
    idempotency_key: { kind: 'key' },
    image: { kind: 'image' },
  },
  upstreamUrls: [PROVIDER_URL],
  upstream: {
    dish: { kind: 'text', most: MAX_DISH_LENGTH },
    confidence: { kind: 'number' },
    ...item('items[]'),
    ...figures('totals'),
  },
  answer: {
    ok: { kind: 'boolean' },
    success: { kind: 'boolean' },
    error: code,
    idempotent: { kind: 'boolean' },
    idempotency_key: { kind: 'key' },
    logId: { kind: 'id', prefix: 'l' },
    dish: { kind: 'text' },
    confidence: { kind: 'number' },
    ...figures('nutrition'),
    ...item('breakdown.items[]'),
    'breakdown.warnings[]': code,
    'meta.source': { kind: 'word', of: ['provider', 'dictionary'] },
    landing_type: { kind: 'word', of: ['result', 'review', 'empty'] },
  },
  harmless: HARMLESS,
};
