import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordedWrite } from './format.ts';
import { matchesPattern, parseClause, recordMatches, renderClause } from './where.ts';

const record = {
  user: 'u-1',
  rollout_bucket: 742,
  request: { method: 'POST', path: '/log', headers: { 'user-agent': 'App/5 (iPhone16; iOS 18)' } },
} as unknown as RecordedWrite;

const holds = (text: string): boolean => recordMatches(parseClause(text)!, record);

describe('a clause', () => {
  it.each([
    ['user=u-*', true],
    ['user!=u-1', false],
    ['method=POST', true],
    ['method=post', true],
    ['method!=p*', false],
    ['path=/log/*', false],
    ['header.User-Agent=*iPhone*', true],
    ['header.user-agent!=*iPhone*', false],
    ['header.accept=*', false],
    ['header.accept!=x', true],
    ['header.constructor=*', false],
    ['bucket<1000', true],
    ['bucket<=742', true],
    ['bucket<742', false],
    ['bucket>=743', false],
    ['bucket>741', true],
    ['bucket=742', true],
    ['bucket!=742', false],
  ])('%s of the record is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  it.each([
    'user',
    'user<3',
    'bucket=ten',
    'bucket=-1',
    'body.message=x',
    'header.=x',
    'user=',
    'process.exit()',
  ])('is refused where it is none: %s', (text) => {
    expect(parseClause(text)).toBeNull();
  });

  it('is typed again as it was read', () => {
    for (const text of ['user=u-*', 'header.accept!=x', 'bucket<=7'])
      expect(renderClause(parseClause(text)!)).toBe(text);
  });
});

describe('a pattern', () => {
  it('means what the same regular expression means', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (wanted, given) => {
        const source = wanted.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesPattern(wanted, given)).toBe(new RegExp(`^${source}$`).test(given));
      }),
      { numRuns: 500 },
    );
  });

  it('of many stars takes no longer than its length times the text', () => {
    expect(matchesPattern(`${'a*'.repeat(2_000)}b`, 'a'.repeat(20_000))).toBe(false);
  });
});
