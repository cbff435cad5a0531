import { describe, expect, it } from 'vitest';
import type { EntryUse } from '../ledger/coverage.ts';
import { checkLedger } from './ledger-checks.ts';

const use = (id: string, state: EntryUse['state']): EntryUse => {
  const where = { case: null, level: null, fields: null, cause: null, stage: null, code: 'x', atMost: null };
  const entry = { id, reason: 'known', owner: 'mina', expires: '2026-03-31', where, line: 7 };
  return { entry, covered: state === 'in_use' ? 2 : 0, state };
};

describe('the checks of a ledger', () => {
  it('pass while every entry is in use, or may be where suites did not run', () => {
    const { rows, findings } = checkLedger('ledger.yml', [use('a', 'in_use'), use('b', 'partial')]);
    expect(rows.map(({ passed, of }) => [passed, of])).toEqual([
      [true, '2 entries'],
      [true, '2 entries'],
    ]);
    expect(findings).toEqual([]);
  });

  it.each(['expired', 'unused'] as const)(
    'are red for an entry that is %s, naming it and its day alone',
    (state) => {
      const { rows, findings } = checkLedger('ledger.yml', [use('a', 'in_use'), use('old', state)]);
      const [row] = rows.filter(({ passed }) => !passed);
      expect(row).toMatchObject({
        suite: 'gate',
        expected: 'none',
        actual: 'old (2026-03-31)',
        of: '2 entries',
        finding: `ledger/${state}`,
        remedy: '$EDITOR ledger.yml',
      });
      expect(rows.filter(({ passed }) => !passed)).toHaveLength(1);
      expect(findings).toEqual([
        expect.objectContaining({ code: `ledger/${state}`, subject: 'old', file: 'ledger.yml', line: 7 }),
      ]);
    },
  );
});
