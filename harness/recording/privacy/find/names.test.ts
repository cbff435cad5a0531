import { describe, expect, it } from 'vitest';
import { createSearch } from '../find-personal.ts';

function foundIn(text: string, ...names: string[]): string[] {
  return createSearch({ names })(text).map(({ start, end }) => text.slice(start, end));
}

describe('a listed name', () => {
  it.each([
    ['山田太郎', '山田太郎と食べた', ['山田太郎']],
    ['山田太郎', '山田 太郎、山田　太郎', ['山田 太郎', '山田　太郎']],
    ['山田太郎', '山\u200b田太郎さんと', ['山\u200b田太郎さん']],
    ['山田 太郎', '太郎・山田様へ', ['太郎・山田様']],
    ['山田 太郎', '山田さんと太郎くん、山田うどん', ['山田さん', '太郎くん']],
    ['サイトウ', 'ｻｲﾄｳさん', ['ｻｲﾄｳさん']],
    ['林', '林檎と林さん、森林浴', ['林さん']],
    ['林', 'メモ：林', ['林']],
    ['あい', 'あいさつした。あいちゃんと、あい、', ['あいちゃん', 'あい']],
    ['長崎', '長崎ちゃんぽん', ['長崎']],
    ['Hanako Sato', 'HANAKO  SATO and sato, hanako', ['HANAKO  SATO', 'sato, hanako']],
    ['Hanako Sato', 'Ｈａｎａｋｏ Ｓａｔｏ', ['Ｈａｎａｋｏ Ｓａｔｏ']],
    ['Hanako Sato', 'Ms. Sato met sato-san, not Sato', ['Ms. Sato', 'sato-san']],
    ['Ann', "Ann's banana, annual, Joann, ANN", ["Ann's", 'ANN']],
    ['Jean-Luc', 'Jean-Luc ate', ['Jean-Luc']],
    ['Jean-Luc Marchand', 'Jean Luc Marchand, Marchand Jean-Luc', ['Jean Luc Marchand', 'Marchand Jean-Luc']],
    ["O'Malley", 'O`Malley, OMalley and omalleys', ['O`Malley', 'OMalley']],
    ['田中 一郎', '田中(一郎)と、田中（一郎）', ['田中(一郎)', '田中（一郎）']],
    ['Hanako Sato', 'Sato (Hanako), Hanako (home)', ['Sato (Hanako)']],
    ["O'Malley", 'O’Malley’s, O´Malley and OʼMalley', ['O’Malley’s', 'O´Malley', 'OʼMalley']],
    ['D’Angelo', "D'Angelo ate", ["D'Angelo"]],
    ['Müller', 'Mueller, Muller, MÜLLER', ['Muller', 'MÜLLER']],
    ['Олена', 'Олена обедала, Оленами', ['Олена']],
    ['(.*)+[a', 'text with (.*)+[a in it', ['(.*)+[a']],
  ])('%s in "%s" is found as %j', (name, text, found) => {
    expect(foundIn(text, name)).toEqual(found);
  });

  it('has one tag however it is written', () => {
    const search = createSearch({ names: ['山田 太郎', 'Hanako Sato'] });
    const values = ['山田太郎', '太郎 山田さん', 'hanako sato', 'SATO HANAKO'].map(
      (text) => search(text)[0]?.value,
    );
    expect(values[0]).toBe(values[1]);
    expect(values[2]).toBe(values[3]);
    expect(values[0]).not.toBe(values[2]);
  });

  it('may be one of thousands, or empty, and costs no more than a look', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `名${String.fromCodePoint(0x4e00 + index)}子`);
    const search = createSearch({ names: [...names, '', '  '] });
    expect(search(`${names[12_345]}と${names[7]}さん`).map(({ kind }) => kind)).toEqual(['name', 'name']);
    expect(createSearch({ names: [' '] })('a text')).toEqual([]);
  });
});
