import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failing, finding, passing, row } from '../../tests/cli/sample-report.ts';
import { renderJunit } from './junit.ts';

interface Element {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Element[];
  text: string;
}

/** A strict reader of the XML that JUnit needs: throws on anything that is not well-formed. */
function parseXml(xml: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open: Element[] = [root];
  const token =
    /<\?xml version="1\.0" encoding="UTF-8"\?>|<!--(?:(?!--)[\s\S])*-->|<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>|[^<]+/gy;
  let end = 0;
  for (const match of xml.matchAll(token)) {
    end = match.index + match[0].length;
    const [all, closes, name = '', attributes = '', empty] = match;
    const parent = open.at(-1)!;
    if (all.startsWith('<?') || all.startsWith('<!--')) {
      if (all.startsWith('<?') && match.index !== 0) throw new Error('declaration not at the start');
      if (all.endsWith('--->')) throw new Error('a comment may not end in a dash');
    } else if (!all.startsWith('<')) {
      if (open.length === 1 && all.trim() !== '') throw new Error('text outside of the root');
      parent.text += unescapeXml(all);
    } else if (closes) {
      if (parent.name !== name) throw new Error(`</${name}> closes <${parent.name}>`);
      open.pop();
    } else {
      const element: Element = { name, attributes: {}, children: [], text: '' };
      for (const [, key = '', value = ''] of attributes.matchAll(/ ([a-z]+)="([^"]*)"/g)) {
        if (key in element.attributes) throw new Error(`${key} twice`);
        element.attributes[key] = unescapeXml(value);
      }
      parent.children.push(element);
      if (!empty) open.push(element);
    }
  }
  if (end !== xml.length) throw new Error(`not XML at ${end}: ${xml.slice(end, end + 40)}`);
  if (open.length !== 1 || root.children.length !== 1) throw new Error('not one whole root');
  return root.children[0]!;
}

function unescapeXml(text: string): string {
  if (/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(text))
    throw new Error('illegal character');
  const known: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#9': '\t', '#13': '\r' };
  return text.replace(/&([^;&]*;?)/g, (_, entity: string) => {
    const character = known[entity.slice(0, -1)];
    if (!entity.endsWith(';') || character === undefined) throw new Error(`unknown entity &${entity}`);
    return character;
  });
}

describe('the report as JUnit XML', () => {
  it('is a testsuite a suite and a testcase a check', () => {
    const root = parseXml(renderJunit(failing));
    expect(root.attributes).toEqual({ name: 'golem', tests: '4', failures: '2', errors: '0', skipped: '0' });
    expect(
      root.children.map(({ name, attributes }) => [
        name,
        attributes.name,
        attributes.tests,
        attributes.failures,
      ]),
    ).toEqual([
      ['testsuite', 'everyday', '3', '2'],
      ['testsuite', 'lost', '1', '0'],
    ]);
    expect(
      root.children[0]!.children.map(({ attributes, children }) => [attributes.name, children.length]),
    ).toEqual([
      ['breaches of amount per record', 1],
      ['golden files that match', 1],
      ['records left out', 0],
    ]);
  });

  it('gives a failure its figures, its command and the subjects concerned', () => {
    const failure = parseXml(renderJunit(failing)).children[0]!.children[0]!.children[0]!;
    expect(failure.attributes).toEqual({
      message: 'expected at most 0, actual 3 of 300 records',
      type: 'breach/record/amount',
    });
    expect(failure.text.split('\n')).toEqual([
      'expected: at most 0',
      'actual: 3',
      'of: 300 records',
      'finding: breach/record/amount',
      'run: golem gate everyday --seed 7',
      expect.stringMatching(/^u03 r0101: amount differs by 57/),
    ]);
  });

  it('has no failure when nothing is red', () => {
    expect(renderJunit(passing)).not.toContain('<failure');
  });

  it('names twenty subjects and counts the rest', () => {
    const findings = Array.from({ length: 23 }, (_, index) =>
      finding({ code: 'skipped', subject: `r${index}` }),
    );
    const xml = renderJunit({ ...failing, rows: [row({ passed: false, finding: 'skipped' })], findings });
    expect(xml).toContain('r19: ');
    expect(xml).not.toContain('r20: ');
    expect(xml).toContain('and 3 more');
  });

  it('is well-formed whatever the data hold, and keeps what XML can hold', () => {
    const data = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(']]>', '--', '-', '&amp;', '<a b="c">', '\ud800', '\u0000'),
    );
    fc.assert(
      fc.property(data, data, (text, summary) => {
        const red = row({
          suite: text,
          check: text,
          expected: text,
          actual: text,
          of: text,
          finding: text,
          passed: false,
        });
        const root = parseXml(renderJunit({ ...failing, summary, rows: [red], findings: [] }));
        const legal = text
          .toWellFormed()
          .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd');
        expect(root.children[0]!.children[0]!.attributes.name).toBe(legal);
      }),
    );
  });
});
