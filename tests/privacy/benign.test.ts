/** What scrubbing must leave alone: every text of the fixtures, every food's name, and a list of tricky ones. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { findInText } from '../../harness/meal-log/dictionary/dictionary.ts';
import { portionFactor } from '../../harness/meal-log/dictionary/quantity.ts';
import { privacyRules } from '../../harness/meal-log/privacy.ts';
import { answerFromDictionary } from '../../harness/meal-log/provider/dictionary-fallback.ts';
import { saysSkipped } from '../../harness/meal-log/v2/guards/b-skip.ts';
import { slotFromWords } from '../../harness/meal-log/v2/slot.ts';
import { createSearch } from '../../harness/recording/privacy/find-personal.ts';
import { createPseudonyms, PERSONAL_KINDS } from '../../harness/recording/privacy/pseudonym.ts';
import { createScrubber } from '../../harness/recording/privacy/scrub.ts';
import { REPOSITORY } from '../temporary-project.ts';
import { BENIGN } from './benign.ts';

const pseudonyms = createPseudonyms('a key of the tests, 32 bytes long');
const { scrub } = createScrubber(pseudonyms, createSearch({ harmless: privacyRules.harmless! }));

/** Texts that did not come through unharmed. */
function harmed(texts: Iterable<string>): string[] {
  return [...new Set(texts)]
    .filter((text) => scrub(text, false) !== text)
    .map((text) => `${text} ⇒ ${scrub(text, false)}`);
}

/** Every text in a JSON value, ids and digests aside; texts that are JSON are looked into. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') {
    if (value.startsWith('{')) yield* textsIn(parsed(value));
    else if (!/^(?:auto:)?[0-9a-f-]{36,64}$/.test(value)) yield value;
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) yield* textsIn(inner);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

describe('scrubbing leaves alone', () => {
  it(`${BENIGN.length} tricky texts: brands, amounts, towns in dishes, dates, barcodes, versions`, () => {
    expect(new Set(BENIGN).size).toBe(BENIGN.length);
    expect(BENIGN.length).toBeGreaterThanOrEqual(300);
    expect(harmed(BENIGN)).toEqual([]);
  });

  it('the same within a longer text, in Japanese and in English', () => {
    expect(harmed(BENIGN.map((text) => `朝は ${text} を食べた。`))).toEqual([]);
    expect(harmed(BENIGN.map((text) => `for lunch: ${text} and tea`))).toEqual([]);
    expect(harmed(BENIGN.map((text) => `${text}\n\n${text}`))).toEqual([]);
  });

  it('every message, dish, item and header of the fixtures', () => {
    const texts = globSync('fixtures/**/*.ndjson', { cwd: REPOSITORY }).flatMap((file) =>
      readFileSync(join(REPOSITORY, file), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
        .flatMap(({ source, request, upstream, response }) => [
          ...textsIn([source, request?.body, request?.headers, response]),
          ...textsIn(upstream?.map((exchange: { response: unknown }) => exchange.response)),
        ]),
    );
    expect(texts.length).toBeGreaterThan(5_000);
    expect(harmed(texts)).toEqual([]);
  });

  it("every food's names in the dictionary", () => {
    const foods = readFileSync(join(REPOSITORY, 'harness/meal-log/dictionary/foods.json'), 'utf8');
    const texts = [...textsIn(JSON.parse(foods))];
    expect(texts.length).toBeGreaterThan(1_140);
    expect(harmed(texts)).toEqual([]);
  });

  const shared = join(REPOSITORY, '../shared/data');
  it.runIf(existsSync(shared))('the food tables of two countries and the diaries of eleven people', () => {
    const mext = JSON.parse(readFileSync(join(shared, 'food-tables/mext-2020.json'), 'utf8'));
    const options = { bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true };
    const usda = parse(
      readFileSync(join(shared, 'food-tables/usda-sr-abbrev.csv'), 'latin1'),
      options,
    ) as string[][];
    const diaries = readdirSync(join(shared, 'food-logs')).flatMap(
      (file) => parse(readFileSync(join(shared, 'food-logs', file), 'utf8'), options) as string[][],
    );
    const texts = [...textsIn(mext), ...usda.flat(), ...diaries.flat()];
    expect(texts.length).toBeGreaterThan(10_000);
    // A spreadsheet's zero of time is a date, and one of 1900.
    expect(harmed(texts.filter((text) => !text.startsWith('1900-01-01')))).toEqual([]);
  });
});

describe('a tag', () => {
  it('says nothing to the paths: no food, amount, portion, slot or skip', () => {
    for (const kind of PERSONAL_KINDS) {
      for (let index = 0; index < 200; index++) {
        const tag = pseudonyms.tag(kind, String(index));
        expect([tag, findInText(tag), portionFactor(tag), slotFromWords(tag), saysSkipped(tag)]).toEqual([
          tag,
          [],
          undefined,
          undefined,
          false,
        ]);
        // Behind a word boundary a figure would be taken for a count.
        expect(tag).not.toMatch(/\b\d/);
        for (const around of [
          (text: string) => `りんご、${text}、鮭 80g`,
          (text: string) => `toast, ${text}, 2 eggs`,
        ]) {
          expect(answerFromDictionary(around(tag))).toEqual(answerFromDictionary(around('…')));
        }
      }
    }
  });
});
