/**
 * Reads what the provider sent: parsed once, checked once, for both write paths. It is a file of its own because it
 * is the boundary to a foreign service and runs once per replayed record, so its cost is watched by a test.
 */
import { z } from 'zod';
import type { ProviderAnswer } from './answer-shape.ts';

/** Most items an answer may carry; V2's own limit of 15 is a guard, not a validation. */
export const MAX_ITEMS = 64;
/** Largest figure believed, in kcal or grams. */
export const MAX_FIGURE = 100_000;
/** Longest item name or unit and longest dish name, in UTF-16 code units. */
export const MAX_NAME_LENGTH = 200;
export const MAX_DISH_LENGTH = 500;

const figure = z.number().min(0).max(MAX_FIGURE).nullish();

const answer = z.compile(
  z.object({
    dish: z.string().max(MAX_DISH_LENGTH),
    confidence: z.number().min(0).max(1),
    items: z
      .array(
        z.object({
          name: z.string().min(1).max(MAX_NAME_LENGTH),
          amount: figure,
          unit: z.string().max(MAX_NAME_LENGTH).nullish(),
          calories: figure,
          protein_g: figure,
          fat_g: figure,
          carbs_g: figure,
          alcohol_g: figure,
          proposed: z.boolean().optional(),
        }),
      )
      .max(MAX_ITEMS),
    totals: z.object({ calories: figure, protein_g: figure, fat_g: figure, carbs_g: figure }).nullish(),
  }),
  { strict: true },
);

/** An answer that cannot be used, with the first thing wrong with it; never the provider's own words. */
export interface MalformedAnswer {
  readonly malformed: string;
}

export type ReadAnswer = { readonly answer: ProviderAnswer } | MalformedAnswer;

/**
 * Reads an answer's body. Keys that are not part of the shape are dropped; characters that PostgreSQL cannot keep
 * in text (NUL, halves of surrogate pairs) are removed from names. Never throws.
 */
export function readAnswer(body: string): ReadAnswer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { malformed: 'not JSON' };
  }
  const checked = answer.safeParse(parsed);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    return { malformed: `${issue?.path.join('.') || 'answer'}: ${issue?.message}` };
  }
  // JSON can carry such characters only as an escape, or as half a pair that was already in the text.
  if (body.includes('\\u') || !body.isWellFormed()) return cleanNames(checked.data);
  return { answer: checked.data };
}

function cleanNames(read: ProviderAnswer): ReadAnswer {
  const items = [];
  for (const item of read.items) {
    const name = storable(item.name);
    if (name === '') return { malformed: 'items.name: nothing left of it that can be stored' };
    items.push({ ...item, name, ...(item.unit == null ? {} : { unit: storable(item.unit) }) });
  }
  return { answer: { ...read, dish: storable(read.dish), items } };
}

/** A text without NUL and without halves of surrogate pairs, which PostgreSQL's text and jsonb refuse. */
export function storable(text: string): string {
  // With the u flag the class matches only surrogates that are not part of a pair.
  return text.replace(/[\0\uD800-\uDFFF]/gu, '');
}
