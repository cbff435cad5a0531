import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipToWidth, displayWidth, plainText, wrapText } from './display-text.ts';

describe('plain text', () => {
  it('loses colours, cursor movements, titles and bells', () => {
    expect(plainText('a\u001b[31mred\u001b[0m\u001b[2K\u001b]0;title\u0007\u0007b')).toBe('ared b');
  });

  it('becomes one line', () => {
    expect(plainText('one\r\ntwo\tthree\u2028four\u0000five')).toBe('one two three four five');
  });

  it('loses marks that turn the direction of writing', () => {
    expect(plainText('abc\u202edcba\u2066x')).toBe('abcdcbax');
  });

  it('keeps every other script, emoji and combining marks', () => {
    for (const text of ['朝食 カレー', 'smörgås', '👩‍🍳 ok', 'e\u0301']) expect(plainText(text)).toBe(text);
  });

  it('never holds a control character, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plainText(text)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

describe('width', () => {
  it.each([
    ['plain', 5],
    ['カレー', 6],
    ['ｆｕｌｌ', 8],
    ['e\u0301', 1],
    ['👩‍🍳', 2],
    ['', 0],
  ])('of %s is %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it('is kept to by a clipped text, which then ends in an ellipsis', () => {
    expect(clipToWidth('カレーライス', 7)).toBe('カレー…');
    expect(clipToWidth('short', 7)).toBe('short');
  });
});

describe('wrapping', () => {
  it('breaks at spaces, and within a word only when the word alone is too wide', () => {
    expect(wrapText('aa bbb cccccccc d', 6)).toEqual(['aa bbb', 'cccccc', 'cc d']);
  });

  it('loses no character and passes no line that is too wide', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 20 }), (raw, width) => {
        const text = plainText(raw).replaceAll(/ +/g, ' ');
        const lines = wrapText(text, width);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });
});
