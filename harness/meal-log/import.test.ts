import { describe, expect, it } from 'vitest';
import type { ImportGroup } from '../migration.ts';
import { importer } from './import.ts';
import { readAnswer } from './provider/answer.ts';
import type { ProviderAnswer } from './provider/answer-shape.ts';
import { providerRequest } from './provider/request.ts';

function groupOf(...rows: Readonly<Record<string, string>>[]): ImportGroup {
  return {
    user: 'ann',
    atMs: 0,
    requestKey: 'k',
    rows: rows.map((values, index) => ({ line: index + 2, values })),
  };
}

function answerOf(...rows: Readonly<Record<string, string>>[]): ProviderAnswer {
  const { write } = importer.build(groupOf(...rows));
  return JSON.parse(write?.upstream[0]?.response?.body ?? 'null') as ProviderAnswer;
}

const reasonsOf = (...rows: Readonly<Record<string, string>>[]): string[] =>
  importer.build(groupOf(...rows)).refused.map(({ line, reason }) => `${line} ${reason}`);

describe('a meal made from diary rows', () => {
  it('is a message that names the foods and the answer a provider would have given', () => {
    const built = importer.build(
      groupOf(
        { name: 'Boiled  egg', amount: '2', kcal: '156', protein: '12.6', fat: '10.6', carbs: '1.1' },
        { name: 'Toast', amount: '1', unit: 'slice ', kcal: '80' },
      ),
    );
    expect(built.refused).toEqual([]);
    expect(built.write).toMatchObject({
      rows: 2,
      request: { method: 'POST', path: '/log', body: { message: 'Boiled egg, Toast' }, files: [] },
    });
    expect(built.write?.upstream).toEqual([
      {
        request: providerRequest('Boiled egg, Toast', []),
        response: {
          status: 200,
          body: JSON.stringify({
            dish: 'Boiled egg, Toast',
            confidence: 0.9,
            items: [
              { name: 'Boiled egg', amount: 2, calories: 156, protein_g: 12.6, fat_g: 10.6, carbs_g: 1.1 },
              { name: 'Toast', amount: 1, unit: 'slice', calories: 80 },
            ],
          }),
        },
        latencyMs: 0,
      },
    ]);
  });

  it.each([
    ['half', undefined, { amount: 0.5 }],
    ['quarter', 'bar', { amount: 0.25, unit: 'bar' }],
    ['1/3 cup', undefined, { amount: 1 / 3, unit: 'cup' }],
    ['2 small', undefined, { amount: 2, unit: 'small' }],
    ['2.5 oz', 'ounce', { amount: 2.5, unit: 'oz' }],
    ['.5', 'pt(?)', { amount: 0.5, unit: 'pt(?)' }],
    ['rest of bar', undefined, {}],
    ['', 'servings', {}],
  ])('reads the amount %j with the unit %j', (amount, unit, quantity) => {
    const row = { name: 'x', kcal: '1', amount, ...(unit === undefined ? {} : { unit }) };
    expect(answerOf(row).items).toEqual([{ name: 'x', ...quantity, calories: 1 }]);
  });

  it('keeps answers that the service reads, whatever the number and length of the rows', () => {
    const rows = Array.from({ length: 70 }, (_, index) => ({
      name: `${'n'.repeat(190)}${index}`,
      kcal: '1',
    }));
    const { write, refused } = importer.build(groupOf(...rows));
    expect(write?.rows).toBe(64);
    expect(refused).toHaveLength(6);
    expect(refused[0]).toEqual({ line: 66, reason: 'too many items: over 64 in one meal' });
    const read = readAnswer(write?.upstream[0]?.response?.body ?? '');
    expect(read).toHaveProperty('answer.dish', rows[0]?.name);
  });

  it.each([
    [{ kcal: '10' }, '2 no name: the row does not say what was eaten'],
    [{ name: ' ', kcal: '10' }, '2 no name: the row does not say what was eaten'],
    [{ name: 'x', alcohol: '3' }, '2 no figure: kcal, protein, fat and carbs are all empty'],
    [{ name: 'x', kcal: 'a lot' }, '2 kcal is not a number: "a lot"'],
    [{ name: 'x', kcal: '1,200' }, '2 kcal is not a number: "1,200"'],
    [{ name: 'x', kcal: '10', fat: '-3' }, '2 negative fat: "-3"'],
    [{ name: 'x', kcal: '1e9' }, '2 kcal is not a number: "1e9"'],
    [{ name: 'x', kcal: '100001' }, '2 kcal too large: "100001" is over 100000'],
    [{ name: 'n'.repeat(201), kcal: '1' }, '2 too long: a name or unit is over 200 characters'],
  ])('refuses %j', (row, reason) => {
    expect(reasonsOf(row)).toEqual([reason]);
    expect(importer.build(groupOf(row)).write).toBeNull();
  });

  it('takes the good rows of a meal and refuses the others', () => {
    const built = importer.build(groupOf({ name: 'a', kcal: '1' }, { name: 'b' }, { name: 'c', carbs: '0' }));
    expect(built.write?.rows).toBe(2);
    expect(built.refused.map(({ line }) => line)).toEqual([3]);
  });
});
