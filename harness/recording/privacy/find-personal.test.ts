import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSearch } from './find-personal.ts';

const search = createSearch();
const foundIn = (text: string): string[] =>
  search(text).map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`);

describe('a text', () => {
  it.each([
    ['昼は定食。090-1234-5678 に電話', ['phone 090-1234-5678']],
    ['電話０９０（１２３４）５６７８まで', ['phone ０９０（１２３４）５６７８']],
    ['〇九〇ー一二三四ー五六七八', ['phone 〇九〇ー一二三四ー五六七八']],
    ['0 9 0 1 2 3 4 5 6 7 8', ['phone 0 9 0 1 2 3 4 5 6 7 8']],
    ['(03) 1234-5678, +81 3 1234 5678', ['phone (03) 1234-5678', 'phone +81 3 1234 5678']],
    ['call (555) 123-4567 ok', ['phone (555) 123-4567']],
    ['2025-09-01 12:30 090-1234-5678', ['phone 090-1234-5678']],
    ['2 eggs 300 kcal 09012345678', ['phone 09012345678']],
    ['090-1234 5678 と 03 1234-5678', ['phone 090-1234 5678', 'phone 03 1234-5678']],
    ['tel 1234-5678', ['phone 1234-5678']],
    ['4111 1111 1111 1111 12/27', ['card 4111 1111 1111 1111']],
    ['3782-822463-10005', ['card 3782-822463-10005']],
    ['マイナンバー 1234 5678 9018', ['mynumber 1234 5678 9018']],
    ['123-45-6789', ['number 123-45-6789']],
    ['会員 00012345678901234', ['number 00012345678901234']],
    ['DE89 3704 0044 0532 0130 00 へ', ['iban DE89 3704 0044 0532 0130 00']],
    ['メールはtaro.y+x@mail.example.co.jpです', ['mail taro.y+x@mail.example.co.jp']],
    ['ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ', ['mail ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ']],
    ['taro [at] example [dot] com', ['mail taro [at] example [dot] com']],
    ['taro (at) example dot com', ['mail taro (at) example dot com']],
    ['taro at gmail.com, Taro.Y at docomo.ne.jp', ['mail taro at gmail.com', 'mail Taro.Y at docomo.ne.jp']],
    ['lunch at starbucks.co.jp, tea at the dot cafe', []],
    ['太郎@例え.jp', ['mail 太郎@例え.jp']],
    [
      '〒150-0001 東京都渋谷区神宮前1-2-3 メゾン原宿203号室です',
      ['address 〒150-0001 東京都渋谷区神宮前1-2-3 メゾン原宿203号室'],
    ],
    ['北海道札幌市中央区北1条西2丁目3-4', ['address 北海道札幌市中央区北1条西2丁目3-4']],
    ['京都市中京区上本能寺前町488番地', ['address 京都市中京区上本能寺前町488番地']],
    ['〒1500001', ['postal 〒1500001']],
    [
      'at 1600 Pennsylvania Avenue NW, Washington, DC 20500 we ate',
      ['address 1600 Pennsylvania Avenue NW, Washington, DC 20500'],
    ],
    ['1-2-3 Jinnan, Shibuya-ku, Tokyo 150-0041', ['address 1-2-3 Jinnan, Shibuya-ku, Tokyo 150-0041']],
    ['P.O. Box 123', ['address P.O. Box 123']],
    ['35.68123,139.76712', ['place 35.68123,139.76712']],
    ['1985年4月3日生まれ', ['birth 1985年4月3日']],
    ['生年月日：昭和60年4月3日', ['birth 昭和60年4月3日']],
    ['DOB 04/03/85', ['birth 04/03/85']],
    ['203.0.113.7 と 2001:db8::1a2b', ['ip 203.0.113.7', 'ip 2001:db8::1a2b']],
    ['https://x.example/a?token=abc を見て', ['url https://x.example/a?token=abc']],
    ['https://www.instagram.com/taro_y/', ['url https://www.instagram.com/taro_y/']],
    ['Bearer abcdefghijklmnop', ['token Bearer abcdefghijklmnop']],
    ['password is hunter', ['token hunter']],
    ['@taro_y と LINE ID: taro99', ['handle @taro_y', 'handle taro99']],
  ])('%j holds %j', (text, found) => {
    expect(foundIn(text)).toEqual(found);
  });

  it('has one value for a number, however it is written', () => {
    const forms = [
      '090-1234-5678',
      '０９０１２３４５６７８',
      '+81 90 1234 5678',
      '0 9 0 1 2 3 4 5 6 7 8',
      '+81(0)90-1234-5678',
    ];
    expect(new Set(forms.map((text) => search(text)[0]?.value))).toEqual(new Set(['09012345678']));
  });

  it('is passed over where a tag stands, and where the migration says that a phrase is harmless', () => {
    expect(foundIn('[phone:a1234567] と [mail:f0000000]')).toEqual([]);
    // What only looks like a tag is a text like any other.
    expect(foundIn('［phone：a1234567］')).toEqual(['phone 1234567']);
    const street = '25 Rocky Road';
    expect(search(street)).toHaveLength(1);
    expect(createSearch({ harmless: [/rocky road/i] })(street)).toEqual([]);
  });

  it('gives values in its order that do not overlap and lie within it', () => {
    const pieces = fc.constantFrom(
      '090',
      '-',
      '1234',
      ' ',
      '5678',
      'taro',
      '@',
      'a.jp',
      '東京都',
      '渋谷区',
      '1-2-3',
      '〒',
      '４',
      '.',
      '\u200b',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(pieces, fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 30 }),
        (parts) => {
          const text = parts.join('');
          let at = 0;
          for (const { start, end } of search(text)) {
            expect(start).toBeGreaterThanOrEqual(at);
            expect(end).toBeGreaterThan(start);
            at = end;
          }
          expect(at).toBeLessThanOrEqual(text.length);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('of twenty thousand characters made to be slow takes less than a second', () => {
    const slow = [
      '1 ',
      '1-',
      '1-2-',
      '0.',
      '+1',
      'a@',
      'a.',
      '市1-',
      '東京都1',
      'x at ',
      '1の',
      '12 Main ',
      'eyJ.',
      '::',
      '〇',
      ' dot ',
    ];
    for (const piece of slow) {
      const text = piece.repeat(20_000 / piece.length);
      const startedMs = performance.now();
      search(text);
      expect([piece, performance.now() - startedMs < 1_000]).toEqual([piece, true]);
    }
  });
});
