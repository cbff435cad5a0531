import { describe, expect, it } from 'vitest';
import { coverageFaults } from './coverage-faults.ts';

const migration = { coverage: { dimensions: { colour: ['red', 'green'], word: null }, strata: () => ({}) } };
const faults = (input: unknown) =>
  coverageFaults(input, migration).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('a coverage requirement', () => {
  it.each([
    ['none', undefined],
    ['a list', { require: { colour: ['red'] } }],
    ['least numbers', { require: { colour: { green: 3 }, word: { anything: 1 }, v2: ['failed'] } }],
  ])('may be %s', (_what, input) => {
    expect(faults(input)).toEqual([]);
  });

  it.each([
    [null, ': expected { require: … }'],
    [{}, 'require: expected strata by dimension'],
    [{ require: {} }, 'require: expected strata by dimension'],
    [{ requires: {} }, 'requires: there is no such setting, did you mean "require"'],
    [
      { require: { color: ['red'] } },
      'require.color: no dimension is called "color", did you mean "colour"; there are colour, word, disposition, v2',
    ],
    [{ require: { colour: [] } }, 'require.colour: it requires nothing'],
    [{ require: { colour: {} } }, 'require.colour: it requires nothing'],
    [
      { require: { colour: 'red' } },
      'require.colour: expected a list of strata, or strata with their least numbers',
    ],
    [
      { require: { colour: ['red', 'gren'] } },
      'require.colour.1: no stratum is called "gren", did you mean "green"; there are red, green',
    ],
    [{ require: { word: [7] } }, 'require.word.0: expected the name of a stratum'],
    [{ require: { colour: { red: 0 } } }, 'require.colour.red: 0 is not a whole number of 1 or more'],
    [
      { require: { colour: { red: Number.NaN } } },
      'require.colour.red: NaN is not a whole number of 1 or more',
    ],
    [{ require: { colour: { red: 0.5 } } }, 'require.colour.red: 0.5 is not a whole number of 1 or more'],
  ])('may not be %j', (input, fault) => {
    expect(faults(input)).toEqual([fault]);
  });

  it('may not name what objects inherit', () => {
    expect(faults({ require: { constructor: ['x'] } })[0]).toContain('no dimension is called "constructor"');
  });
});
