import { describe, expect, it } from 'vitest';
import { type Imported, renderImport } from './import-report.ts';

const imported: Imported = {
  outFile: 'out.ndjson',
  unit: 'row',
  verbatim: false,
  files: [
    { file: 'a.csv', understood: 'layout plain', rows: 1203, taken: 1201, refused: 2 },
    { file: 'empty.csv', understood: null, rows: 0, taken: 0, refused: 0 },
  ],
  rows: 1203,
  taken: 1201,
  records: 400,
  users: 2,
  refused: [
    { file: 'a.csv', line: 7, reason: 'no date: "\u001b[31mx"' },
    { file: 'a.csv', line: 9, reason: 'no amount' },
  ],
  reasons: { 'no date': 1, 'no amount': 1 },
};

describe('what an import did', () => {
  it('accounts for every row', () => {
    expect(renderImport(imported, { verbose: false })).toBe(
      `a.csv: 1,201 of 1,203 rows taken, 2 not (layout plain)
empty.csv: 0 of 0 rows taken, 0 not (no line in it)
  a.csv:7: no date: "x"
  a.csv:9: no amount
not taken, no date: 1
not taken, no amount: 1
golem: imported · 1,203 rows = 1,201 taken + 2 not taken, 400 records of 2 users in out.ndjson
`,
    );
  });

  it('speaks of one as one, and of entries by their number', () => {
    const one: Imported = {
      ...imported,
      unit: 'entry',
      verbatim: true,
      files: [{ file: 'a.har', understood: 'HAR 1.2', rows: 1, taken: 1, refused: 0 }],
      rows: 3,
      taken: 1,
      passedOver: 1,
      records: 1,
      users: 1,
      refused: [{ file: 'a.har', line: 3, reason: 'no user' }],
      reasons: { 'no user': 1 },
      notes: ['the words are not stored'],
    };
    expect(renderImport(one, { verbose: false })).toBe(
      `a.har: 1 of 1 entry taken, 0 not (HAR 1.2)
  a.har entry 3: no user
not taken, no user: 1
note: the words are not stored
note: what people sent is in it; golem anonymise takes it out
golem: imported · 3 entries = 1 taken + 1 passed over + 1 not taken, 1 record of 1 user in out.ndjson
`,
    );
  });

  it('spells out twenty refused rows, unless all are asked for', () => {
    const refused = Array.from({ length: 23 }, (_, index) => ({
      file: 'a.csv',
      line: index,
      reason: 'no date',
    }));
    expect(renderImport({ ...imported, refused }, { verbose: false })).toContain(
      '  a.csv:19: no date\n  and 3 more rows; --verbose shows them\n',
    );
    expect(renderImport({ ...imported, refused }, { verbose: true })).toContain(
      '  a.csv:22: no date\nnot taken',
    );
  });
});
