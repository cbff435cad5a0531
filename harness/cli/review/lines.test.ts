import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipLine, line, lineWidth, paintLine, span, wrapLine } from './lines.ts';

const text = (lines: readonly { readonly text: string }[]): string => lines.map((one) => one.text).join('');
const pieces = fc.array(
  fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.constantFrom('ラーメン大盛り', '  ~ v2/totals: ', '👩‍👩‍👧', ' '),
  ),
  { maxLength: 5 },
);

describe('a line', () => {
  it('never takes more columns than it is given, cut or broken', () => {
    fc.assert(
      fc.property(pieces, fc.integer({ min: 2, max: 60 }), fc.nat(6), (texts, columns, indent) => {
        const whole = line(...texts);
        expect(lineWidth(clipLine(whole, columns))).toBeLessThanOrEqual(columns);
        for (const part of wrapLine(whole, columns, indent))
          expect(lineWidth(part)).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it('loses nothing but blanks when it is broken', () => {
    fc.assert(
      fc.property(pieces, fc.integer({ min: 2, max: 60 }), (texts, columns) => {
        const whole = line(...texts);
        const bare = (value: string): string => value.replaceAll(' ', '');
        expect(bare(wrapLine(whole, columns).map(text).join(''))).toBe(bare(text(whole)));
      }),
    );
  });

  it('breaks at blanks, within a word only where it must, and hangs what follows', () => {
    const parts = wrapLine(line('  ~ totals: ', span('one two three', 'added')), 16);
    expect(parts.map(text)).toEqual(['  ~ totals: one', '    two three']);
    expect(wrapLine(line('abcdefghijkl'), 5, 0).map(text)).toEqual(['abcde', 'fghij', 'kl']);
  });

  it('says in an ellipsis that it was cut', () => {
    expect(text(clipLine(line('one', 'two', 'three'), 8))).toBe('onetwot…');
    expect(text(clipLine(line('one', 'two'), 6))).toBe('onetwo');
    expect(text(clipLine(line('one', 'two'), 4))).toBe('one…');
  });

  it('carries no command of a terminal, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (given) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come through
        expect(paintLine(line(`\u001b[2J${given}\r\n`), false)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }),
    );
  });

  it('has its colours only where they are wanted, and ends each of them', () => {
    const coloured = line('a', span('b', 'removed'), span('', 'added'));
    expect(paintLine(coloured, true)).toBe('a\u001b[31mb\u001b[39m');
    expect(paintLine(coloured, false)).toBe('ab');
  });
});
