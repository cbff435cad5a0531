import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failing, passing } from '../../tests/cli/sample-report.ts';
import { renderJson } from './json.ts';
import type { Report } from './shape.ts';

describe('the report as JSON', () => {
  it('reads back as the report', () => {
    for (const report of [passing, failing]) expect(JSON.parse(renderJson(report))).toEqual(report);
  });

  it('has its keys in the order of the format, lists last', () => {
    expect(Object.keys(JSON.parse(renderJson(failing)))).toEqual([
      ...[
        'golem',
        'version',
        'verdict',
        'exit',
        'summary',
        'counts',
        'flags',
        'seed',
        'paths',
        'differences',
      ],
      ...['golden', 'alerts', 'rows', 'findings', 'suites', 'causes', 'expected', 'reproduce'],
    ]);
  });

  it('orders names of data by code unit', () => {
    const { flags, differences } = JSON.parse(renderJson(passing)) as Report;
    expect(Object.keys(flags)).toEqual(['A_FLAG', 'B_FLAG']);
    expect(Object.keys(differences.record)).toEqual(['amount', 'ratio']);
  });

  it('gives the same bytes whatever order its objects were built in', () => {
    const expected = renderJson(failing);
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (order) => {
        const shuffle = (value: unknown): unknown => {
          if (Array.isArray(value)) return value.map(shuffle);
          if (typeof value !== 'object' || value === null) return value;
          const keyed = Object.entries(value).map((entry) => [order.next().value ?? 0, entry] as const);
          keyed.sort(([a], [b]) => a - b);
          return Object.fromEntries(keyed.map(([, [key, inner]]) => [key, shuffle(inner)]));
        };
        expect(renderJson(shuffle(failing) as Report)).toBe(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('ends in one newline', () => {
    expect(renderJson(passing)).toMatch(/[^\n]\n$/);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d, which JSON would turn into null', (count) => {
    const report = { ...passing, counts: { ...passing.counts, records: count } };
    expect(() => renderJson(report)).toThrow(`A report cannot hold ${count}`);
  });
});
