import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namedFile, shownText, tellApart } from './names.ts';

const CWD = '/home/oncall/rollout';

describe('a recording', () => {
  it.each([
    ['a.ndjson', 'a.ndjson', 'a.ndjson', 'a.ndjson'],
    ['./a.ndjson', 'a.ndjson', './a.ndjson', './a.ndjson'],
    ['days/*.ndjson', 'days/1.ndjson', 'days/1.ndjson', 'days/1.ndjson'],
    ['../old/*/a.ndjson', '../old/mon/a.ndjson', '../old/mon/a.ndjson', '../old/mon/a.ndjson'],
    ['/data/a.ndjson', '/data/a.ndjson', '/data/a.ndjson', 'a.ndjson'],
    ['/data/*/a.ndjson', '/data/mon/a.ndjson', '/data/mon/a.ndjson', 'mon/a.ndjson'],
    ['/data/2025-*.ndjson', '/data/2025-09.ndjson', '/data/2025-09.ndjson', '2025-09.ndjson'],
    ['/*/a.ndjson', '/data/a.ndjson', '/data/a.ndjson', 'data/a.ndjson'],
  ])(
    'asked for as %s is called as it would be typed, and in a report by no fixed absolute part',
    (text, file, label, shown) => {
      expect(namedFile(resolve(CWD, file), text, CWD)).toMatchObject({ label, shown });
    },
  );

  it.each([
    ['-', '/dev/stdin', '-'],
    ['/dev/stdin', '/dev/stdin', '/dev/stdin'],
    ['/dev/fd/63', '/dev/fd/63', '/dev/fd/63'],
  ])(
    'that comes through the pipe %s stands as - in a report, so that another can take its place',
    (text, name, label) => {
      expect(namedFile(name, text, CWD)).toEqual({ name, label, shown: '-' });
    },
  );

  it('in a store is called by its address', () => {
    const name = 's3://traffic/mon/a.ndjson';
    expect(namedFile(name, 's3://traffic/*/a.ndjson', CWD)).toEqual({ name, label: name, shown: name });
  });
});

it.each([
  ['days/*.ndjson', 'days/*.ndjson'],
  ['/data/*/a.ndjson', '*/a.ndjson'],
  ['/data/a.ndjson', 'a.ndjson'],
  ['/dev/fd/63', '-'],
  ['s3://traffic/*.ndjson', 's3://traffic/*.ndjson'],
])('a pattern %s stands in a report as %s', (text, shown) => {
  expect(shownText(text)).toBe(shown);
});

describe('recordings of one name', () => {
  const named = (...paths: readonly string[]) => paths.map((path) => namedFile(path, path, CWD));

  it('are told apart by as many folders as it takes, and the others are left alone', () => {
    expect(tellApart(named('/data/mon/a.ndjson', '/data/tue/a.ndjson', '/data/tue/b.ndjson'))).toEqual([
      'mon/a.ndjson',
      'tue/a.ndjson',
      'b.ndjson',
    ]);
    expect(tellApart(named('/x/mon/a.ndjson', '/y/mon/a.ndjson'))).toEqual([
      'x/mon/a.ndjson',
      'y/mon/a.ndjson',
    ]);
    expect(tellApart(named('/mon/a.ndjson', '/y/mon/a.ndjson'))).toEqual(['mon/a.ndjson', 'y/mon/a.ndjson']);
  });

  it('are never called the same, nor absolute, whatever they are', () => {
    const part = fc.constantFrom('a', 'b', 'c');
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    const texts = fc.constantFrom('', '/*', '/*/*', '/a/*');
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(path, texts), { selector: ([one]) => one, maxLength: 6 }),
        (given) => {
          const files = given.map(([name, text]) => namedFile(name, text === '' ? name : text, CWD));
          const shown = tellApart(files);
          expect(new Set(shown).size).toBe(shown.length);
          for (const one of shown) expect(one).not.toMatch(/^\//);
        },
      ),
    );
  });
});
