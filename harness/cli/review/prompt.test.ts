import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf, pastedKey } from './keys.ts';
import { typedText, typeKey } from './prompt.ts';

const empty = { before: '', after: '' };
const edited = (typed: typeof empty, ...names: string[]) =>
  names.reduce((line, name) => typeKey(line, { name, text: '' }), typed);

describe('a typed line', () => {
  it('takes whole characters in and out, in any script', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }), { maxLength: 8 }),
        (all) => {
          const line = all.reduce((typed, text) => typeKey(typed, { name: text, text }), empty);
          expect(typedText(line)).toBe(all.join(''));
          expect(typedText(edited(line, 'home'))).toBe(all.join(''));
          expect(edited(line, 'home', 'end')).toEqual(line);
          let rest = line;
          for (let i = 0; i < all.length; i += 1) rest = edited(rest, 'backspace');
          expect(rest).toEqual(empty);
          let front = edited(line, 'home');
          for (let i = 0; i < all.length; i += 1) front = edited(front, 'delete');
          expect(front).toEqual(empty);
        },
      ),
    );
  });

  it('is edited in the middle, by words, and cut at the cursor', () => {
    const line = { before: 'oil goes down', after: '' };
    expect(edited(line, 'left', 'left')).toEqual({ before: 'oil goes do', after: 'wn' });
    expect(edited(line, 'left', 'backspace')).toEqual({ before: 'oil goes do', after: 'n' });
    expect(edited(line, 'ctrl-w')).toEqual({ before: 'oil goes ', after: '' });
    expect(edited(line, 'ctrl-a', 'right', 'ctrl-k')).toEqual({ before: 'o', after: '' });
    expect(edited(line, 'left', 'ctrl-u')).toEqual({ before: '', after: 'n' });
    expect(edited(line, 'pageup')).toEqual(line);
  });
});

describe('a key', () => {
  it('is what readline says, under one name', () => {
    expect(keyOf('a', { name: 'a', sequence: 'a' })).toEqual({ name: 'a', text: 'a' });
    expect(keyOf('A', { name: 'a', sequence: 'A' })).toEqual({ name: 'A', text: 'A' });
    expect(keyOf('字', { sequence: '字' })).toEqual({ name: '字', text: '字' });
    expect(keyOf(' ', { name: 'space', sequence: ' ' })).toEqual({ name: ' ', text: ' ' });
    expect(keyOf('\r', { name: 'return', sequence: '\r' })).toEqual({ name: 'return', text: '' });
    expect(keyOf('\n', { name: 'enter', sequence: '\n' })).toEqual({ name: 'return', text: '' });
    expect(keyOf(undefined, { name: 'up', sequence: '\u001b[A' })).toEqual({ name: 'up', text: '' });
    expect(keyOf('\u0003', { name: 'c', ctrl: true })).toEqual({ name: 'ctrl-c', text: '' });
    expect(keyOf('a', { name: 'a', meta: true })).toBeNull();
    expect(keyOf('\u001b', { name: 'escape', meta: true })).toEqual({ name: 'escape', text: '' });
  });

  it('of pasted text is one line without commands of a terminal', () => {
    expect(pastedKey('one\r\ntwo\u001b[2J')).toEqual({ name: 'paste', text: 'one two' });
  });
});
