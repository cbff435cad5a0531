/**
 * Turns rows of a food diary into the write a chat would have made of them: one message that names the foods, and
 * the provider's answer with one item a row. It stands with the migration because only here is it known what a
 * calorie is; reading files, times and users is the import command's business.
 */
import type { ImportGroup, ImportRefusal, Migration } from '../migration.ts';
import { parseQuantity } from './dictionary/quantity.ts';
import { MAX_DISH_LENGTH, MAX_FIGURE, MAX_ITEMS, MAX_NAME_LENGTH } from './provider/answer.ts';
import type { ProviderAnswer, ProviderItem } from './provider/answer-shape.ts';
import { providerRequest } from './provider/request.ts';

const COLUMNS = {
  name: 'what was eaten, as the person wrote it',
  amount: 'how much: a number, or words such as "half" and "1/3 cup"',
  unit: 'unit of the amount, as the person wrote it',
  kcal: 'energy of the amount eaten, kcal',
  protein: 'protein, g',
  fat: 'fat, g',
  carbs: 'carbohydrate, g',
  alcohol: 'alcohol, g',
} as const;

/** The importer's columns that hold figures, and where the provider's answer has them. */
const FIGURES = [
  ['kcal', 'calories'],
  ['protein', 'protein_g'],
  ['fat', 'fat_g'],
  ['carbs', 'carbs_g'],
  ['alcohol', 'alcohol_g'],
] as const satisfies readonly (readonly [keyof typeof COLUMNS, keyof ProviderItem])[];

/** A person who writes down what they ate is surer than a model that looks at a picture, and still errs. */
const DIARY_CONFIDENCE = 0.9;

const NUMBER = /^(?:\d+\.?\d*|\.\d+)$/;

type Values = Readonly<Partial<Record<keyof typeof COLUMNS, string>>>;

type Figures = Pick<ProviderItem, (typeof FIGURES)[number][1]>;

function tidy(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim();
}

/** The figures of a row, a missing one left out; or why they are not to be believed. */
function readFigures(values: Values): Figures | string {
  const figures: Record<string, number> = {};
  for (const [column, key] of FIGURES) {
    const text = tidy(values[column]);
    if (text === '') {
      continue;
    }
    if (!NUMBER.test(text)) {
      return /^-\d/.test(text) ? `negative ${column}: "${text}"` : `${column} is not a number: "${text}"`;
    }
    if (Number(text) > MAX_FIGURE) {
      return `${column} too large: "${text}" is over ${MAX_FIGURE}`;
    }
    figures[key] = Number(text);
  }
  const counted = FIGURES.some(([column, key]) => column !== 'alcohol' && key in figures);
  return counted ? figures : 'no figure: kcal, protein, fat and carbs are all empty';
}

/**
 * Amount and unit as the provider would pass them on. Words that are no quantity ("rest of bar") give none: the
 * figures are those of what was eaten, so that nothing has to be known of the amount.
 */
function readQuantity(values: Values): Pick<ProviderItem, 'amount' | 'unit'> {
  const amount = tidy(values.amount);
  const unit = tidy(values.unit);
  if (amount === '') {
    return {};
  }
  const quantity = NUMBER.test(amount) ? { amount: Number(amount), unit: '' } : parseQuantity(amount);
  if (quantity === undefined || quantity.amount > MAX_FIGURE) {
    return {};
  }
  const own = quantity.unit === '' ? unit : quantity.unit;
  return own === '' ? { amount: quantity.amount } : { amount: quantity.amount, unit: own };
}

/** One row as an item of the answer, or the reason why it is none. */
function readItem(values: Values): ProviderItem | string {
  const name = tidy(values.name);
  if (name === '') {
    return 'no name: the row does not say what was eaten';
  }
  if (name.length > MAX_NAME_LENGTH || tidy(values.unit).length > MAX_NAME_LENGTH) {
    return `too long: a name or unit is over ${MAX_NAME_LENGTH} characters`;
  }
  const figures = readFigures(values);
  return typeof figures === 'string' ? figures : { name, ...readQuantity(values), ...figures };
}

/**
 * Builds the write for rows eaten together. The answer has no totals, so that legacy sums the items, a missing
 * figure as 0, as it does for a provider that gives none. Rows without a name or without any figure are refused.
 */
function build(group: ImportGroup): ReturnType<Migration['importer']['build']> {
  const items: ProviderItem[] = [];
  const refused: ImportRefusal[] = [];
  for (const { line, values } of group.rows) {
    const item =
      items.length < MAX_ITEMS ? readItem(values) : `too many items: over ${MAX_ITEMS} in one meal`;
    if (typeof item === 'string') {
      refused.push({ line, reason: item });
    } else {
      items.push(item);
    }
  }
  if (items.length === 0) {
    return { write: null, refused };
  }
  const names = items.map(({ name }) => name).join(', ');
  const answer: ProviderAnswer = {
    dish: names.length > MAX_DISH_LENGTH ? items[0]!.name : names,
    confidence: DIARY_CONFIDENCE,
    items,
  };
  const { requestKey } = group;
  return {
    write: {
      request: {
        method: 'POST',
        path: '/log',
        headers: { 'content-type': 'application/json', 'idempotency-key': requestKey },
        body: { message: names },
        files: [],
      },
      requestKey,
      upstream: [
        {
          request: providerRequest(names, []),
          response: { status: 200, body: JSON.stringify(answer) },
          latencyMs: 0,
        },
      ],
      rows: items.length,
    },
    refused,
  };
}

/** The reference migration's importer. */
export const importer: Migration['importer'] = { columns: COLUMNS, build };
