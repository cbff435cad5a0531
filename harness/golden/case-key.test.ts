import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caseFile, caseKey, pathSegment } from './case-key.ts';

describe('pathSegment', () => {
  it.each([
    ['hana-3f9c.a_B', 'hana-3f9c.a_B'],
    ['../../x', '%2E.%2F..%2Fx'],
    ['..', '%2E.'],
    ['.hidden', '%2Ehidden'],
    ['a\\b', 'a%5Cb'],
    ['C:\\x', 'C%3A%5Cx'],
    ['nul\0', 'nul%00'],
    ['花', '%E8%8A%B1'],
    ['👩‍🍳', '%F0%9F%91%A9%E2%80%8D%F0%9F%8D%B3'],
    ['', '%-'],
    ['%-', '%25-'],
  ])('makes of %j the segment %s', (user, segment) => {
    expect(pathSegment(user)).toBe(segment);
  });

  it('keeps the beginning of a long name and tells long names apart by their hash', () => {
    const long = '花'.repeat(200);
    expect(pathSegment(long)).toMatch(/^(%E8%8A%B1)+(%[0-9A-F]{2})*%-[0-9a-f]{16}$/);
    expect(pathSegment(long)).not.toBe(pathSegment(`${long}!`));
  });

  it('gives every text its own short segment that leads nowhere', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: fc.constantFrom('.', '/', '\\', '%', '-', 'a', '\ud83d', '\udc69', '2', 'E') }),
    );
    fc.assert(
      fc.property(text, text, (a, b) => {
        const segment = pathSegment(a);
        expect(segment).toMatch(/^(?!\.)[A-Za-z0-9._%-]{1,100}$/);
        expect(segment === pathSegment(b)).toBe(a === b);
      }),
    );
  });
});

describe('caseKey', () => {
  it('joins user and day into a path below the suite', () => {
    expect(caseFile('golden', 'must-fail/stale', caseKey('../../x', '2025-09-01'))).toBe(
      'golden/must-fail/stale/%2E.%2F..%2Fx/2025-09-01.json',
    );
  });

  it('refuses a day that is not a date', () => {
    expect(() => caseKey('u', '../2025')).toThrow(
      'Failed to name the golden file of day "../2025": a day has the form YYYY-MM-DD.',
    );
  });
});
