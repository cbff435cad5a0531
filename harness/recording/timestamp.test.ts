import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseAt } from './timestamp.ts';

it('agrees with the engine on every millisecond of the years 0 to 9999', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }), (ms) => {
      expect(parseAt(new Date(ms).toISOString())).toBe(ms);
    }),
  );
});

it.each([
  '2024-02-29T00:00:00.000Z',
  '2000-02-29T23:59:59.999Z',
  '1970-01-01T00:00:00.000Z',
  '0000-01-01T00:00:00.000Z',
  '0000-12-31T00:00:00.000Z',
  '0001-01-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
])('reads the calendar border %s', (text) => {
  expect(parseAt(text)).toBe(Date.parse(text));
});

it.each([
  '2023-02-29T00:00:00.000Z',
  '1900-02-29T00:00:00.000Z',
  '2025-04-31T00:00:00.000Z',
  '2025-13-01T00:00:00.000Z',
  '2025-00-01T00:00:00.000Z',
  '2025-01-00T00:00:00.000Z',
  '2025-01-01T24:00:00.000Z',
  '2025-01-01T23:60:00.000Z',
  '2025-01-01T23:59:60.000Z',
  '2025-01-01T23:59:59.000+',
  '2025-01-01T23:59:59.00Z',
  '2025-01-01T23:59:59Z',
  '2025-01-01 23:59:59.000Z',
  '2025-01-01t23:59:59.000z',
  '2025-01-01T23:59:59.0a0Z',
  '2025-01-01T23:59:59.00aZ',
  '2o25-01-01T23:59:59.000Z',
  '２025-01-01T23:59:59.000Z',
  '',
])('refuses %j', (text) => {
  expect(parseAt(text)).toBeNaN();
});

it('refuses whatever a single changed character makes other than a digit where a digit stood', () => {
  const text = '2025-09-01T07:30:00.000Z';
  fc.assert(
    fc.property(
      fc.nat(text.length - 1),
      fc.constantFrom('x', ' ', '/', ':', '-', 'Z'),
      (index, character) => {
        const changed = text.slice(0, index) + character + text.slice(index + 1);
        fc.pre(changed !== text);
        expect(parseAt(changed)).toBeNaN();
      },
    ),
  );
});
