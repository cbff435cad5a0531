import { expect, test } from 'vitest';
import fc from 'fast-check';
import {
  formatBucketBound,
  formatGoExponent,
  formatGoFixed,
  formatGoFloat,
  formatGoGeneral,
  formatGoValue,
  parseGoFloat,
  quoteGo,
  unquoteGo,
} from './go-text.ts';

test('floats are written as Prometheus writes them in its API', () => {
  expect([0, -0, 1.5, 1e21, 1e-7, -123456.75, Number.NaN, Infinity, -Infinity].map(formatGoFloat)).toEqual([
    '0',
    '-0',
    '1.5',
    '1000000000000000000000',
    '0.0000001',
    '-123456.75',
    'NaN',
    '+Inf',
    '-Inf',
  ]);
});

// What promtool 2.42 printed for the same values in an annotation.
test.each([
  [100000, '100000'],
  [1e6, '1e+06'],
  [123456, '123456'],
  [1234567, '1.234567e+06'],
  [123456.5, '123456.5'],
  [12345678, '1.2345678e+07'],
  [1e20, '1e+20'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [1e-7, '1e-07'],
])('%%v of %d is %s', (value, expected) => {
  expect(formatGoValue(value)).toBe(expected);
});

test('rounding goes half to even on the exact value', () => {
  // The very digits of the double, however many; as promtool prints them.
  expect(formatGoFixed(1e300, 2)).toBe(
    '10000000000000000525047602552044202487044685811081591549158541155118024579889081957863713750804478640437044438' +
      '3288387817694252323536043057564479218478670698284838720092657580373783023379478809005936895323497079994508111903' +
      '8967640880074652742780142494579258788820056842838115669472196386865459400540160.00',
  );
  expect(formatGoFixed(-1e23, 0)).toBe('-99999999999999991611392');
  expect(formatGoFixed(0.1, 120)).toBe(
    `0.1000000000000000055511151231257827021181583404541015625${'0'.repeat(65)}`,
  );
  expect(formatGoFixed(5e-324, 110)).toBe(`0.${'0'.repeat(110)}`);
  expect(formatGoExponent(5e-324, 110)).toBe(
    '4.94065645841246544176568792868221372365059802614324764425585682500675507270208751865299836361635992379796564695e-324',
  );
  expect(formatGoGeneral(1e-300, 105)).toBe(
    '1.00000000000000002505909183520875968569614680770370524992534231990046604318405148467630281218195010089496e-300',
  );
  expect(formatGoFixed(0.125, 2)).toBe('0.12');
  expect(formatGoFixed(0.375, 2)).toBe('0.38');
  expect(formatGoFixed(2.5, 0)).toBe('2');
  expect(formatGoFixed(0.5, 0)).toBe('0');
  expect(formatGoFixed(1.5, 0)).toBe('2');
  expect(formatGoFixed(9.996, 2)).toBe('10.00');
  expect(formatGoFixed(0.004, 2)).toBe('0.00');
  expect(formatGoFixed(0.006, 2)).toBe('0.01');
  expect(formatGoFixed(1e23, 1)).toBe('99999999999999991611392.0');
  expect(formatGoGeneral(12345, 4)).toBe('1.234e+04');
  expect(formatGoGeneral(99995, 4)).toBe('1e+05');
  expect(formatGoGeneral(0.000123456, 4)).toBe('0.0001235');
  expect(formatGoGeneral(1.235, 4)).toBe('1.235');
  expect(formatGoExponent(1234567, 6)).toBe('1.234567e+06');
});

test('fixed and shortest forms read back as the same number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (value) => {
      expect(Number(formatGoFloat(value).replace('Inf', 'Infinity'))).toBe(value);
      expect(Number(formatGoValue(value).replace('Inf', 'Infinity'))).toBe(value);
    }),
  );
  fc.assert(
    fc.property(fc.double({ min: -1e12, max: 1e12, noNaN: true }), (value) => {
      expect(Math.abs(Number(formatGoFixed(value, 6)) - value)).toBeLessThanOrEqual(
        5.0001e-7 + Math.abs(value) * 1e-15,
      );
    }),
  );
});

test('a quoted string unquotes to itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(unquoteGo(quoteGo(text))).toBe(text);
    }),
  );
});

test('bounds of buckets are read as Go reads floats', () => {
  expect(['+Inf', '-inf', 'infinity', '1e3', '.5', '5.'].map(parseGoFloat)).toEqual([
    Infinity,
    -Infinity,
    Infinity,
    1000,
    0.5,
    5,
  ]);
  expect(['', 'x', '1e999', ' 1', '+nan'].map(parseGoFloat)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('bounds of buckets are stored as 50.0 in 3.x and as 50 in 2.x', () => {
  expect([50, 0.5, Infinity, 1e-7, 1e6].map((bound) => formatBucketBound(bound, 3))).toEqual([
    '50.0',
    '0.5',
    '+Inf',
    '1e-07',
    '1e+06',
  ]);
  expect([50, 0.5, Infinity].map((bound) => formatBucketBound(bound, 2))).toEqual(['50', '0.5', '+Inf']);
});
