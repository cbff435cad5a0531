import { describe, expect, it } from 'vitest';
import { GolemError } from '../errors.ts';
import { isDate, readLedger } from './ledger.ts';

const FILE = 'expected-differences.yml';
const KNOWN = { fields: ['da', 'dw'], stages: ['read', 'bend'] };

const SOUND = `
version: 1
expected:
  - id: fried-oil
    reason: The provider lists raw items and V2 adds the oil
    owner: mina
    expires: 2026-03-31
    where:
      case: edges/u-guard-ja/*
      level: record
      fields: [da, dw]
      cause: c-528a27e9
      stage: bend
      code: bent
      at_most: { da: 150, dw: 16.5 }
  - id: later
    reason: Measured in May
    owner: the platform team
    expires: '2026-06-30'
    where: { code: bent }
`;

function refusal(text: string): GolemError {
  try {
    readLedger(text, FILE, KNOWN);
  } catch (error) {
    if (error instanceof GolemError) return error;
    throw error;
  }
  throw new Error('it was read');
}

/** The file above with one line changed. */
function changed(from: string, to: string): string {
  expect(SOUND).toContain(from);
  return SOUND.replace(from, to);
}

describe('reading a ledger', () => {
  it('gives every entry with what it covers and where it stands', () => {
    const { entries } = readLedger(SOUND, FILE, KNOWN);
    expect(entries).toEqual([
      {
        id: 'fried-oil',
        reason: 'The provider lists raw items and V2 adds the oil',
        owner: 'mina',
        expires: '2026-03-31',
        line: 4,
        where: {
          case: 'edges/u-guard-ja/*',
          level: 'record',
          fields: ['da', 'dw'],
          cause: 'c-528a27e9',
          stage: 'bend',
          code: 'bent',
          atMost: { da: 150, dw: 16.5 },
        },
      },
      expect.objectContaining({ id: 'later', expires: '2026-06-30', line: 16 }),
    ]);
  });

  it('takes a ledger that says it has no entries', () => {
    expect(readLedger('version: 1\nexpected: []\n', FILE)).toEqual({ file: FILE, entries: [] });
  });

  it.each([
    ['an empty file', '', '1:1: .*it is empty; a ledger without entries says "expected: \\[\\]"'],
    ['a file of comments', '# nothing yet\n', '1:1: .*it is empty'],
    ['no list', 'version: 1\n', '1:1: .*expected "expected", a list of entries'],
    ['another version', changed('version: 1', 'version: 2'), '2:10: .*expected version 1'],
    ['an unknown key', changed('    owner: mina', '    ownr: mina'), '6:5: an entry has no "ownr"'],
    ['a missing owner', changed('    owner: mina\n', ''), '4:5: .*expected "owner": who answers for it'],
    [
      'a reason without words',
      changed('The provider lists raw items and V2 adds the oil', '"…"'),
      '5:13: .*why the difference is expected, in words',
    ],
    [
      'a day the calendar has not',
      changed('2026-03-31', '2026-02-30'),
      '7:14: .*expected "expires": the last day',
    ],
    [
      'a field nobody compares',
      changed('[da, dw]', '[da, dx]'),
      '11:20: .*no field is called "dx"; there are da, dw',
    ],
    ['no field at all', changed('[da, dw]', '[]'), '11:15: .*expected "fields" to name at least one field'],
    [
      'a level that is none',
      changed('level: record', 'level: week'),
      '10:14: .*expected "level" to be record or day',
    ],
    [
      'an id that is no cause’s',
      changed('c-528a27e9', 'oil'),
      '12:14: .*expected "cause" to be the id of a cause',
    ],
    ['a stage that is none', changed('stage: bend', 'stage: bent'), '13:14: .*a stage; there are read, bend'],
    [
      'a bound that is no number',
      changed('da: 150', 'da: plenty'),
      '15:22: .*the bound of da to be a number',
    ],
    ['a negative bound', changed('da: 150', 'da: -1'), '15:22: .*the bound of da to be a number'],
    ['a bound that is not finite', changed('da: 150', 'da: .inf'), '15:22: .*the bound of da to be a number'],
    ['an id twice', changed('id: later', 'id: fried-oil'), '16:1: .*is that of the entry in line 4 already'],
    [
      'an entry that covers whatever comes',
      changed('where: { code: bent }', 'where: { level: day }'),
      '20:12: .*it would cover whatever comes',
    ],
    ['broken YAML', `${SOUND}\n  - [`, 'YAML: '],
  ])('refuses %s with file, line and column', (_, text, expected) => {
    const error = refusal(text);
    expect(error.exit).toBe(65);
    expect(error.message).toMatch(new RegExp(expected, 's'));
    expect(error.message).toMatch(/expected-differences\.yml:\d+:\d+: /);
    expect(error.message).toMatch(/Run: \$EDITOR expected-differences\.yml$/);
  });

  it('tells every fault at once, in the order of the file', () => {
    const text = changed('owner: mina', 'owner: ""')
      .replace('[da, dw]', '[dx]')
      .replace('id: later', 'id: "?"');
    const message = refusal(text).message;
    expect(message).toContain('3 problems:');
    expect(message.split('\n').at(-1)).toBe('Run: $EDITOR expected-differences.yml');
    expect(message.split('\n')).toHaveLength(5);
    expect([...message.matchAll(/yml:(\d+):/g)].map(([, line]) => Number(line))).toEqual([6, 11, 16]);
  });

  it('takes any names where nobody says which there are', () => {
    expect(readLedger(SOUND.replaceAll('da', 'zz'), FILE).entries).toHaveLength(2);
  });
});

describe('a day of the calendar', () => {
  it('is one that exists', () => {
    expect(['2024-02-29', '2025-12-31'].map(isDate)).toEqual([true, true]);
    expect(['2025-02-29', '2025-13-01', '2025-1-1', 'soon', '2025-09-31', ''].map(isDate)).toEqual(
      Array(6).fill(false),
    );
  });
});
