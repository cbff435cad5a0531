/**
 * Why the two paths differ, in the domain's words: what each item of a meal brings into legacy and into V2 before any
 * guard has run, and what stages, codes and entries are called by people. Used for the writes that someone looks at,
 * never while a replay counts, so it works the items out again rather than have every write carry them.
 */
import type { Explanations, Ids, SourcePart, WriteResult } from '../migration.ts';
import { lookUp } from './dictionary/dictionary.ts';
import { unitOf } from './dictionary/units.ts';
import type { ProviderAnswer, ProviderItem } from './provider/answer-shape.ts';
import { addItem, type DraftItem } from './v2/draft.ts';
import { normaliseItem } from './v2/normalise.ts';
import { GUARDS } from './v2/pipeline.ts';
import { givenTotals, MISSING_AS_ZERO } from './write/legacy.ts';
import type { RawTotals } from './write/finalise.ts';

/** Codes by stage, in the order in which a stage can report them. */
const CODES: Readonly<Record<string, readonly string[]>> = {
  'a limits': ['v2_rejected', 'items_truncated', 'grams_clamped'],
  'b skip': ['skip_detected'],
  'c portion': ['portion_applied', 'portion_clamped'],
  'd duplicates': ['duplicate_dropped', 'merged'],
  'e unknown': ['provider_figures', 'unknown_food'],
  'f generic': ['generic_food'],
  'g density': ['density_rejected', 'unknown_food'],
  'h oil': ['oil_added'],
  'i Atwater': ['reconciled'],
  'j proposals': ['proposal_kept'],
};

/** Why the dictionary stepped in; legacy warns of it before its first stage. */
const FALLBACKS = ['provider_timeout', 'provider_status', 'provider_malformed', 'provider_empty'];

/** The provider's totals are not the sum of its items. */
const PROVIDER_TOTALS = 'provider_totals';

const WORDS: Readonly<Record<string, string>> = {
  v2_rejected: 'records refused for their size',
  items_truncated: 'items beyond the most a meal may have',
  grams_clamped: 'weights outside what one item may weigh',
  skip_detected: 'messages that say a meal was skipped',
  portion_applied: 'words about the size of a portion',
  portion_clamped: 'words about the size of a portion, beyond their bounds',
  duplicate_dropped: 'items that are listed twice',
  merged: 'the same food in other amounts',
  provider_figures: "the provider's figures where the dictionary has none",
  unknown_food: 'foods that neither the dictionary nor the provider has figures for',
  generic_food: 'generic stand-ins',
  density_rejected: 'figures with more energy than pure fat',
  oil_added: 'oil absorption on deep-fried dishes',
  reconciled: 'macros scaled to explain the energy',
  proposal_kept: 'side dishes the provider proposed',
  fat_adjusted: 'finalising: fat bent to explain the energy',
  macros_scaled: 'finalising: macros scaled to explain the energy',
  provider_timeout: 'the dictionary in place of a provider that did not answer',
  provider_status: 'the dictionary in place of a provider that refused',
  provider_malformed: 'the dictionary in place of a malformed answer',
  provider_empty: 'the dictionary in place of an empty answer',
  items_summed: 'totals the provider left out',
  [MISSING_AS_ZERO]: 'figures the provider left out, which legacy reads as 0',
  [PROVIDER_TOTALS]: "totals of the provider's that are not the sum of its items",
};

const STAGES: Readonly<Record<string, string>> = {
  normalise: "the provider's figures against the dictionary's",
  finalise: 'finalising',
};

export const explanations: Explanations = {
  stages: [
    { stage: 'provider', codes: [...FALLBACKS, 'items_summed', MISSING_AS_ZERO, PROVIDER_TOTALS] },
    { stage: 'normalise', codes: [] },
    ...GUARDS.map(({ name }) => ({ stage: name, codes: CODES[name] ?? [] })),
    { stage: 'compute', codes: [] },
    { stage: 'finalise', codes: ['fat_adjusted', 'macros_scaled'] },
  ],
  factors: ['portion_applied'],
  sources,
  describe({ stage, code, entry }) {
    if (entry !== null) return entryWords(entry);
    if (code !== null) return WORDS[code] ?? null;
    return stage === null ? null : (STAGES[stage] ?? null);
  },
};

function entryWords(entry: string): string | null {
  const [kind, name = ''] = entry.split(':');
  if (kind === 'unit') return name === '' ? 'amounts without a unit' : `unit \`${name}\` in grams`;
  return kind === 'food' ? `the dictionary's ${lookUp(name)?.en ?? name}` : null;
}

/** Items get no ids here: only their figures are looked at. */
const NO_IDS: Ids = { uuid: () => '', shortUuid7: () => '' };

/** Each item as both paths first count it, and what the provider's totals say beyond its items. */
function sources(result: WriteResult): SourcePart[] {
  const answer = storedAnswer(result);
  if (answer === null) return [];
  const sum = [0, 0, 0, 0];
  const parts = answer.items.map((item): SourcePart => {
    const draft = normaliseItem(item, NO_IDS, 0);
    const legacy = figuresOf(item);
    legacy.forEach((figure, measure) => {
      sum[measure] = sum[measure]! + figure;
    });
    return { ...putDownTo(item, draft, legacy), legacy, subject: draft.name };
  });
  const given = givenTotals(answer);
  const totals = given === null ? sum : [given.kcal, given.p, given.f, given.c];
  const beyond = totals.map((total, measure) => total - sum[measure]!);
  if (beyond.every((amount) => Math.abs(amount) < 1e-9)) return parts;
  const rest = { legacy: beyond, v2: [0, 0, 0, 0], subject: 'totals' };
  return [...parts, { ...rest, entries: [], blamed: null, code: PROVIDER_TOTALS }];
}

/** The answer that legacy stored; null where it stored none. */
function storedAnswer(result: WriteResult): ProviderAnswer | null {
  const raw = result.legacy?.rows.find(({ row }) => row.ai_raw != null)?.row.ai_raw;
  return raw === undefined ? null : (raw as { readonly answer: ProviderAnswer }).answer;
}

function figuresOf(item: ProviderItem): number[] {
  return [item.calories ?? 0, item.protein_g ?? 0, item.fat_g ?? 0, item.carbs_g ?? 0];
}

/** V2's figures of an item, and what the difference from legacy's is put down to: its amount or its composition. */
function putDownTo(
  item: ProviderItem,
  draft: DraftItem,
  legacy: readonly number[],
): Pick<SourcePart, 'v2' | 'entries' | 'blamed' | 'code'> {
  const raw: RawTotals = { kcal: 0, p: 0, f: 0, c: 0 };
  addItem(raw, draft);
  const v2 = [raw.kcal, raw.p, raw.f, raw.c];
  const unit = item.unit == null ? undefined : unitOf(item.unit);
  const unitName = unit ? `unit:${unit.name}` : item.unit == null ? 'unit:' : 'unit:unknown';
  const food = draft.food ? `food:${draft.food.id}` : null;
  const entries = food === null ? [unitName] : [food, unitName];
  if (food === null) return { v2, entries, blamed: null, code: null };
  const missing = [item.calories, item.protein_g, item.fat_g, item.carbs_g].some((figure) => figure == null);
  if (missing) return { v2, entries, blamed: food, code: MISSING_AS_ZERO };
  const isMass = unit?.measure === 'mass';
  return { v2, entries, blamed: !isMass && inProportion(legacy, v2) ? unitName : food, code: null };
}

/** Figures this small say nothing of a proportion. */
const TELLING = [5, 0.5, 0.5, 0.5];
/** The largest ratio may exceed the least by this factor. */
const ONE_PROPORTION = 1.25;

/** True where one side is about the other times one factor, measure by measure: another amount of the same thing. */
function inProportion(legacy: readonly number[], v2: readonly number[]): boolean {
  const ratios = legacy.flatMap((figure, measure) => {
    const other = v2[measure]!;
    return Math.max(figure, other) < TELLING[measure]! ? [] : [other / Math.max(figure, 1e-9)];
  });
  return ratios.length > 1 && Math.max(...ratios) <= ONE_PROPORTION * Math.min(...ratios);
}
