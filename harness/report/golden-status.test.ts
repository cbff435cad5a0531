import { describe, expect, it } from 'vitest';
import { finding } from '../../tests/cli/sample-report.ts';
import { renderAccepted, renderGoldenStatus, renderPruned } from './golden-status.ts';

const plain = { width: 80, color: false, verbose: false };
const none = { matched: 1096, changed: 0, missing: 0, orphaned: 0, damaged: 0, pending: 0 };
const files = (count: number) =>
  Array.from({ length: count }, (_, index) => `golden/everyday/u/${index}.json`);

describe('golden status', () => {
  it('is one line where all is as accepted', () => {
    expect(renderGoldenStatus({ total: none, findings: [], clean: true }, plain)).toBe(
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
    expect(renderGoldenStatus({ total, findings, clean: false }, plain)).toBe(
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

describe('what was accepted', () => {
  it('is listed with what it was before', () => {
    const accepted = [
      { file: 'golden/a\u001b[2J.json', was: 'changed' },
      { file: 'golden/b.json', was: 'missing' },
    ];
    expect(renderAccepted({ accepted, unchanged: 3 }, plain)).toBe(
      'changed  golden/a.json\nmissing  golden/b.json\ngolem: accepted 2 cases, 3 unchanged; review with git diff\n',
    );
  });

  it('is nothing to review where nothing changed', () => {
    expect(renderAccepted({ accepted: [], unchanged: 1 }, plain)).toBe(
      'golem: accepted 0 cases, 1 unchanged\n',
    );
  });

  it('is cut to forty lines, unless all are asked for', () => {
    const accepted = files(43).map((file) => ({ file, was: 'changed' }));
    const lines = renderAccepted({ accepted, unchanged: 0 }, plain).split('\n');
    expect(lines.slice(39, 42)).toEqual([
      'changed  golden/everyday/u/39.json',
      'and 3 more; --verbose shows them',
      'golem: accepted 43 cases, 0 unchanged; review with git diff',
    ]);
    expect(renderAccepted({ accepted, unchanged: 0 }, { verbose: true })).toContain('/42.json\ngolem:');
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
