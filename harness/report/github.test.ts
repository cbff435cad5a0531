import { describe, expect, it } from 'vitest';
import { failing, finding, passing, row } from '../../tests/cli/sample-report.ts';
import { renderAnnotations } from './github-annotations.ts';
import { renderSummary } from './github-summary.ts';

describe('annotations', () => {
  it('are one command a kind of finding, at the file and line it is about', () => {
    const [breach, golden, ...others] = renderAnnotations(failing).trimEnd().split('\n');
    expect(breach).toBe(
      '::error file=fixtures/everyday/a.ndjson,line=102,title=golem%3A breach/record/amount::everyday u03 r0101: ' +
        'amount differs by 57, the limit is 40; the record is one of three that left out a long ingredient list' +
        '%0ARun: golem gate everyday --seed 7',
    );
    expect(golden).toMatch(
      /^::error file=golden\/everyday\/u01\/2025-09-01\.json,title=golem%3A golden\/v2_changed \(7\)::.*%0Aand 2 more%0ARun: /,
    );
    expect(others).toEqual([]);
  });

  it('are none when nothing is red', () => {
    expect(renderAnnotations(passing)).toBe('');
  });

  it('speak of a red row that no finding stands behind', () => {
    const rows = [row({ passed: false, finding: 'nothing_ran', actual: '0', remedy: 'golem gate' })];
    expect(renderAnnotations({ ...failing, rows, findings: [] })).toBe(
      '::error title=golem%3A nothing_ran::everyday, breaches of amount per record: expected at most 0, ' +
        'actual 0 of 300 records%0ARun: golem gate\n',
    );
  });

  it('are ten at most; the tenth counts the rest', () => {
    const findings = Array.from({ length: 14 }, (_, index) => finding({ code: `code_${index}` }));
    const lines = renderAnnotations({ ...failing, rows: [], findings })
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(10);
    expect(lines[9]).toBe('::error title=golem::and 5 more kinds of findings. Run: golem gate --seed 7');
  });

  it('let no family of findings hide another', () => {
    const codes = [
      'golden/missing',
      'lost_write',
      ...Array.from({ length: 12 }, (_, index) => `breach/day/f${index}`),
    ];
    const findings = codes.map((code) => finding({ code }));
    const text = renderAnnotations({ ...failing, rows: [], findings });
    const titles = [...text.matchAll(/title=golem%3A ([^:]*)::/g)].map(([, title]) => title);
    expect(titles.slice(0, 4)).toEqual(['lost_write', 'breach/day/f0', 'golden/missing', 'breach/day/f1']);
  });

  it('cannot be broken out of by data', () => {
    const evil = '100%\r\n::set-output name=x::y, a:b';
    const findings = [finding({ code: evil, subject: evil, detail: evil, file: evil, suite: evil })];
    const text = renderAnnotations({ ...failing, rows: [], findings });
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toContain('file=100%25%0D%0A%3A%3Aset-output name=x%3A%3Ay%2C a%3Ab,title=');
  });
});

describe('the job summary', () => {
  it('opens with the verdict and tells what is red with its command', () => {
    const text = renderSummary(failing);
    expect(text).toMatch(/^## golem: FAIL\n\ngolem: fail · 600 records/);
    expect(text).toContain(
      '| everyday | breaches of amount per record | at most 0 | 3 | 300 records | `golem gate everyday --seed 7` |',
    );
    expect(text).toContain('| lost | `lost_write` | PASS red for this alone |');
  });

  it('leaves out what is not red in a passing report', () => {
    const text = renderSummary(passing);
    expect(text).not.toContain('### Red checks');
    expect(text).not.toContain('### Findings');
    expect(text).not.toContain('Cut to fit');
  });

  it('cannot be broken out of by data', () => {
    const evil = 'a|b`c\n<script>*x*[l](http://h)';
    const rows = [row({ suite: evil, check: evil, actual: evil, remedy: evil, passed: false })];
    const line = renderSummary({ ...failing, rows, findings: [] })
      .split('\n')
      .find((one) => one.includes('script'));
    expect(line).toBe(
      '| a\\|b\\`c &lt;script&gt;\\*x\\*\\[l\\](http&#58;//h) | a\\|b\\`c &lt;script&gt;\\*x\\*\\[l\\](http&#58;//h) ' +
        '| at most 0 | a\\|b\\`c &lt;script&gt;\\*x\\*\\[l\\](http&#58;//h) | 300 records ' +
        '| `` a\\|b`c <script>*x*[l](http://h) `` |',
    );
  });

  it('stays under its size and says how much of what it left out', () => {
    const findings = Array.from({ length: 20_000 }, (_, index) => finding({ subject: `案件${index}` }));
    const text = renderSummary({ ...failing, findings });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(900_000);
    expect(Buffer.byteLength(text)).toBeGreaterThan(890_000);
    const shown = text.split('\n').filter((line) => line.includes('案件')).length;
    expect(text).toContain(
      `Cut to fit: ${20_000 - shown} of 20000 findings are not shown here; the report JSON has them.`,
    );
  });
});
