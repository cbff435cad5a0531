import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { foods, lookUp, nameIndex } from './dictionary.ts';
import type { Food } from './food.ts';
import { katakana } from './names.ts';

function food(id: string, aliases: readonly string[] = []): Food {
  return { id, ja: `${id}の名`, en: id, aliases, kcal: 1, p: 0, f: 0, c: 0, source: 'test' };
}

test('finds every food by id, Japanese name, English name and alias', () => {
  for (const entry of foods()) {
    for (const name of [entry.id, entry.ja, entry.en, ...entry.aliases])
      expect(lookUp(name)?.id).toBe(entry.id);
  }
});

test('finds every food whatever the case, the spacing and the kana', () => {
  for (const entry of foods()) {
    expect(lookUp(` ${entry.en.toUpperCase().replaceAll(' ', '-')} `)?.id).toBe(entry.id);
    expect(lookUp(katakana(entry.ja))?.id).toBe(entry.id);
  }
});

test.each(['', ' ', 'unobtainium stew', 'generic_meal', 'unknown_soup', '__proto__', 'constructor'])(
  'knows no food called "%s"',
  (name) => {
    expect(lookUp(name)).toBeUndefined();
    expect(lookUp(name)).toBeUndefined();
  },
);

test('refuses a table in which two foods claim one name, naming both', () => {
  const claim = () => nameIndex([food('udon', ['うどん']), food('soba', ['ウドン'])]);
  expect(claim).toThrow('Failed to load food "soba": its name "ウドン" is also a name of "udon".');
});

test('lets one food say its name twice', () => {
  expect(nameIndex([food('udon', ['うどん', 'ウドン', 'Udon'])]).get('ウドン')?.id).toBe('udon');
});

test('refuses a name that folds to nothing', () => {
  expect(() => nameIndex([food('udon', ['・'])])).toThrow('its name "・" says nothing');
});

test('loads without a word on the real clock, the network or chance', () => {
  const program = `
    Date.now = Math.random = globalThis.fetch = () => { throw new Error('used'); };
    const { lookUp } = await import(${JSON.stringify(new URL('./dictionary.ts', import.meta.url).href)});
    process.stdout.write(lookUp('milk').id);
  `;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(out).toBe(lookUp('牛乳')?.id);
});
