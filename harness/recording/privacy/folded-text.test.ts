import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldText } from './folded-text.ts';

describe('folding', () => {
  it.each([
    ['０９０－１２３４', '090-1234'],
    ['①②③⓪❾⓵', '123091'],
    ['٠٩٠', '090'],
    ['०१२', '012'],
    ['𝟎𝟗𝟎', '090'],
    ['0️⃣9️⃣', '09'],
    ['1̲2̶', '12'],
    ['ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ', 'taro@example.jp'],
    ['ta\u200bro\u2060@\ufeffx', 'taro@x'],
    ['\u202e090\u202c', '090'],
    ['a\u00a0b\u3000c', 'a b c'],
    ['−‐–—', '----'],
    ['é Ü ñ', 'e U n'],
    ['ｶﾞﾄｰ', 'ガトー'],
    ['か\u3099', 'が'],
    ['㏄', 'cc'],
    ['\ud83c', ''],
    ['plain text, 7-up\n', 'plain text, 7-up\n'],
  ])('turns %j into %j', (text, folded) => {
    expect(foldText(text).text).toBe(folded);
  });

  it('gives every decimal digit of every script its value', () => {
    const wrong: string[] = [];
    let run = 0;
    for (let code = 0; code <= 0x1fbff; code++) {
      const character = String.fromCodePoint(code);
      if (!/\p{Nd}/u.test(character)) {
        run = 0;
        continue;
      }
      // Unicode keeps decimal digits in rows of ten, zero first.
      if (foldText(character).text !== String(run % 10)) wrong.push(code.toString(16));
      run += 1;
    }
    expect(wrong).toEqual([]);
  });

  it('knows for each character where in the text it came from', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('０', 'ｶﾞ', '\u200b', 'ﬃ', '1️⃣'))),
        (parts) => {
          const original = parts.join('');
          const { text, starts, ends } = foldText(original);
          if (starts === null || ends === null) {
            expect(text).toBe(original);
            return;
          }
          expect([starts.length, ends.length]).toEqual([text.length, text.length]);
          for (let at = 0; at < text.length; at++) {
            const [start, end] = [starts[at]!, ends[at]!];
            expect(start).toBeLessThan(end);
            expect(start).toBeGreaterThanOrEqual(starts[at - 1] ?? 0);
            expect(foldText(original.slice(start, end)).text).toContain(text.charAt(at));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('of a folded text changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const once = foldText(text).text;
        expect(foldText(once).text).toBe(once);
      }),
      { numRuns: 1_000, examples: [['⁗'], ['´']] },
    );
  });
});
