/**
 * V2's first stage: one spelling for every text (Unicode NFKC), grams for every quantity, a slot, an id per item.
 * It reads the provider's answer and the request, never anything that legacy computed.
 */
import type { Ids, WriteRequest } from '../../migration.ts';
import { type Food, lookUp } from '../dictionary/dictionary.ts';
import { portionFactor, toGrams } from '../dictionary/quantity.ts';
import { localHour } from '../instant.ts';
import type { ProviderAnswer, ProviderItem } from '../provider/answer-shape.ts';
import type { Draft, DraftItem } from './draft.ts';
import { slotFromHour, slotFromWords } from './slot.ts';

/** What can be known of an item's name alone. Names repeat, so it is worked out once per spelling. */
interface NameFacts {
  readonly name: string;
  readonly food: Food | undefined;
  readonly portion: number | undefined;
}

const NAME_FACTS_KEPT = 4096;
const nameFacts = new Map<string, NameFacts>();

function factsOf(raw: string): NameFacts {
  let facts = nameFacts.get(raw);
  if (!facts) {
    const name = raw.normalize('NFKC').trim();
    facts = { name, food: lookUp(name), portion: portionFactor(name) };
    if (nameFacts.size >= NAME_FACTS_KEPT) nameFacts.clear();
    nameFacts.set(raw, facts);
  }
  return facts;
}

/** NFKC where it can matter: text within ASCII is its own normal form. */
function nfkc(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the question is whether the text is all ASCII
  return /^[\x00-\x7f]*$/.test(text) ? text : text.normalize('NFKC');
}

/** One item as V2 first sees it: its entry of the dictionary and its weight in grams. */
export function normaliseItem(item: ProviderItem, ids: Ids, nowMs: number): DraftItem {
  const { name, food, portion } = factsOf(item.name);
  let grams = 0;
  let weighed = false;
  if (item.amount != null && item.unit != null) {
    if (item.unit === 'g') {
      grams = item.amount;
      weighed = true;
    } else {
      const converted = toGrams(item.amount, item.unit, food);
      if (converted) {
        grams = converted.grams;
        // A unit such as "large" has its portion in it already, as a stated mass has.
        weighed = converted.basis === 'mass' || portionFactor(item.unit) !== undefined;
      }
    }
  } else if (item.amount != null) {
    grams = toGrams(item.amount, 'serving', food)?.grams ?? 0;
  }
  const stated = grams > 0 || item.amount === 0;
  // Every food has a serving: its own, else the table of units' assumption.
  if (!stated) grams = toGrams(1, 'serving', food)!.grams;
  return {
    itemId: ids.shortUuid7('item', nowMs),
    name,
    food,
    grams,
    weighed,
    kcal: item.calories ?? null,
    p: item.protein_g ?? null,
    f: item.fat_g ?? null,
    c: item.carbs_g ?? null,
    alcohol: item.alcohol_g ?? null,
    source: food ? 'dictionary' : 'figures',
    state: 'counted',
    namedPortion: portion,
    proposed: item.proposed === true,
  };
}

/** Blocks of a message that blank lines set apart. */
function countSections(message: string): number {
  if (!message.includes('\n')) return message === '' ? 0 : 1;
  return message.split(/\n\s*\n/).filter((section) => section.trim() !== '').length;
}

/** The message a request carries, or an empty text. */
export function messageOf(request: WriteRequest): string {
  const body = request.body;
  if (body === null || typeof body !== 'object') return '';
  const message = (body as { message?: unknown }).message;
  return typeof message === 'string' ? message : '';
}

/** Makes the draft that the guards work on. `atMs` and the fixed offset decide the slot where words do not. */
export function normalise(input: {
  readonly request: WriteRequest;
  readonly answer: ProviderAnswer;
  readonly atMs: number;
  readonly tzOffsetMinutes: number;
  readonly ids: Ids;
}): Draft {
  const message = nfkc(messageOf(input.request));
  const items: DraftItem[] = [];
  for (const item of input.answer.items) items.push(normaliseItem(item, input.ids, input.atMs));
  return {
    ids: input.ids,
    atMs: input.atMs,
    message,
    dish: nfkc(input.answer.dish).trim(),
    documents: input.request.files.length,
    sections: countSections(message),
    slot: slotFromWords(message.toLowerCase()) ?? slotFromHour(localHour(input.atMs, input.tzOffsetMinutes)),
    event: 'meal',
    items,
    warnings: [],
    refused: false,
    oil: null,
  };
}
