import { describe, expect, it } from 'vitest';
import { mayConcern, selectCases } from './select.ts';

const CASES = [
  'everyday/hana/2025-09-01',
  'everyday/hana/2025-09-02',
  'everyday-more/ken/2025-09-01',
  'edges/%2E.%2Fx/2024-02-29',
];

describe('selectCases', () => {
  it.each([
    [[], CASES],
    [['everyday/*'], CASES.slice(0, 2)],
    [['everyday'], CASES.slice(0, 2)],
    [['everyday/hana/'], CASES.slice(0, 2)],
    [['*/2025-09-01'], [CASES[0], CASES[2]]],
    [['*/hana/2025-09-0?'], CASES.slice(0, 2)],
    [['golden/everyday/hana/2025-09-02.pending.json'], [CASES[1]]],
    [['edges/%2E.%2Fx/2024-02-29'], [CASES[3]]],
    [
      ['edges', 'everyday/*'],
      [CASES[3], CASES[0], CASES[1]],
    ],
  ])('means by %j these cases', (patterns, expected) => {
    expect(selectCases(CASES, patterns, 'golden')).toEqual([...expected].sort());
  });

  it.each(['every', 'everyday/hana/2025.09.01', '*/nobody/*', '', 'everyday?hana'])(
    'refuses %j, which means no case',
    (pattern) => {
      expect(() => selectCases(CASES, ['edges', pattern], 'golden')).toThrow(
        `Failed to find a case for pattern "${pattern}": none of the 4 cases matches. Run: npx golem golden status`,
      );
    },
  );
});

describe('a pattern where there is little to choose from', () => {
  it.each([
    [[], 'no case and no suite is called so'],
    [['a/u/2025-09-01'], 'the one case there is does not match'],
  ])('among %j is told: %s', (names, reason) => {
    expect(() => selectCases(names, ['b/*'], 'golden')).toThrow(`pattern "b/*": ${reason}. Run: `);
  });
});

describe('mayConcern', () => {
  it.each([
    ['everyday', 'everyday/*', true],
    ['everyday', 'every*', true],
    ['everyday', '*/hana/*', true],
    ['everyday', 'everyday', true],
    ['everyday', 'everyday/hana/2025-09-01', true],
    ['everyday', 'everyday-more/ken', false],
    ['everyday', 'edges/*', false],
  ])('of suite %s and pattern %s: %s', (suite, pattern, concerns) => {
    expect(mayConcern(suite, pattern, 'golden')).toBe(concerns);
  });
});
