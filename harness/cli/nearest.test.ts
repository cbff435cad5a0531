import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from './nearest.ts';

describe('the nearest known name', () => {
  it.each([
    ['gaet', 'gate'],
    ['golen', 'golden'],
    ['EVERYDAY', 'everyday'],
    ['repaly', 'replay'],
  ])('for %s is %s', (word, expected) => {
    expect(nearest(word, ['gate', 'golden', 'replay', 'everyday'])).toBe(expected);
  });

  it('is none when nothing is near', () => {
    expect(nearest('xyz', ['gate', 'golden'])).toBeNull();
    expect(nearest('gate', [])).toBeNull();
  });

  it('ends a reason, or adds nothing to it', () => {
    expect(didYouMean('gat', ['gate'])).toBe(', did you mean "gate"');
    expect(didYouMean('xyz', ['gate'])).toBe('');
  });
});
