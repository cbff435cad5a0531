import { describe, expect, it } from 'vitest';
import { finding } from '../../tests/cli/sample-report.ts';
import { renderAccepted, renderGoldenStatus, renderPruned, renderRejected } from './golden-status.ts';

const plain = { width: 80, color: false, verbose: false };
const none = { matched: 1096, changed: 0, missing: 0, orphaned: 0, damaged: 0, pending: 0 };
const files = (count: number) =>
  Array.from({ length: count }, (_, index) => `golden/everyday/u/${index}.json`);

describe('golden status', () => {
  it('is one line where all is as accepted', () => {
    expect(renderGoldenStatus({ total: none, causes: [], findings: [], clean: true }, plain)).toBe(
      'golem: golden clean · 1,096 matched, 0 changed, 0 missing, 0 orphaned, 0 damaged, 0 pending left behind\n',
    );
  });

  it('names what is not, with the command that mends it', () => {
    const findings = [
      finding({ subject: 'everyday/u01/2025-09-01' }),
      finding({
        code: 'golden/missing',
        subject: 'everyday/u02/2025-09-01',
        detail: 'no golden file',
        remedy: 'x',
      }),
    ];
    const total = { ...none, matched: 3, changed: 1, missing: 1 };
    expect(renderGoldenStatus({ total, causes: [], findings, clean: false }, plain)).toBe(
      `FOUND golden/missing, 1 finding
      everyday/u02/2025-09-01: no golden file
      run       x

FOUND golden/v2_changed, 1 finding
      everyday/u01/2025-09-01: V2 answers 41 where 40 was accepted
      run       golem golden accept everyday/u01/2025-09-01 --reason "…"

golem: golden not clean · 3 matched, 1 changed, 1 missing, 0 orphaned, 0 damaged, 0 pending left behind
`,
    );
  });
});

describe('causes', () => {
  it('stand below what was found, with ids to accept by', () => {
    const causes = [
      {
        id: '3f9c21aa',
        label: 'oil\u001b[31m absorption',
        count: 47,
        cases: ['everyday/u01/2025-09-01', 'b'],
      },
      {
        id: 'new',
        label: 'cases that have no golden file yet',
        count: 1,
        cases: ['everyday/u02/2025-09-01'],
      },
    ];
    const text = renderGoldenStatus(
      { total: { ...none, changed: 2 }, causes, findings: [finding()], clean: false },
      plain,
    );
    expect(text).toContain(`

CAUSES 2 causes
      3f9c21aa  oil absorption (2 cases, 47 differences)
      new  cases that have no golden file yet (1 case)
      run       npx golem golden review
      run       npx golem golden accept --cause 3f9c21aa --reason "…"

golem: golden not clean`);
    const status = { total: { ...none, changed: 2 }, causes, findings: [], clean: false };
    expect(renderGoldenStatus(status, { ...plain, verbose: true })).toContain(
      'oil absorption (2 cases, 47 differences)\n          everyday/u01/2025-09-01\n          b\n      new  ',
    );
  });
});

describe('what was accepted', () => {
  it('says which cases went, and which were left for the sake of another cause', () => {
    const accepted = [{ file: 'golden/a.json', was: 'orphaned' }];
    const held = [{ name: 'everyday/u/d', causes: ['b2'] }];
    expect(renderAccepted({ accepted, unchanged: 0, held }, plain)).toBe(
      'removed  golden/a.json\nleft     everyday/u/d: it has cause b2 too\n' +
        'golem: accepted 1 case, 0 unchanged, 1 left for another cause; review with git diff\n',
    );
  });

  it('is listed with what it was before', () => {
    const accepted = [
      { file: 'golden/a\u001b[2J.json', was: 'changed' },
      { file: 'golden/b.json', was: 'missing' },
    ];
    expect(renderAccepted({ accepted, unchanged: 3, held: [] }, plain)).toBe(
      'changed  golden/a.json\nmissing  golden/b.json\ngolem: accepted 2 cases, 3 unchanged; review with git diff\n',
    );
  });

  it('is nothing to review where nothing changed', () => {
    expect(renderAccepted({ accepted: [], unchanged: 1, held: [] }, plain)).toBe(
      'golem: nothing to accept, 1 unchanged\n',
    );
  });

  it('is cut to forty lines, unless all are asked for', () => {
    const accepted = files(43).map((file) => ({ file, was: 'changed' }));
    const lines = renderAccepted({ accepted, unchanged: 0, held: [] }, plain).split('\n');
    expect(lines.slice(39, 42)).toEqual([
      'changed  golden/everyday/u/39.json',
      'and 3 more; --verbose shows them',
      'golem: accepted 43 cases, 0 unchanged; review with git diff',
    ]);
    expect(renderAccepted({ accepted, unchanged: 0, held: [] }, { verbose: true })).toContain(
      '/42.json\ngolem:',
    );
  });
});

describe('what was rejected', () => {
  it('is listed, and what is accepted stands', () => {
    expect(renderRejected({ rejected: ['golden/a.pending.json'] }, plain)).toBe(
      'rejected golden/a.pending.json\ngolem: rejected 1 case; the accepted outcomes stand\n',
    );
  });
});

describe('what was removed', () => {
  it('is listed', () => {
    expect(renderPruned(files(1), plain)).toBe(
      'removed  golden/everyday/u/0.json\ngolem: removed 1 file; review with git status\n',
    );
    expect(renderPruned([], plain)).toBe('golem: removed 0 files\n');
  });
});
