import { expect, test } from 'vitest';
import { remembered } from './remembered.ts';

test('works an answer out once per spelling, undefined included', () => {
  let calls = 0;
  const lengthOf = remembered((text) => {
    calls++;
    return text === '' ? undefined : text.length;
  });
  expect([lengthOf('ab'), lengthOf('ab'), lengthOf(''), lengthOf('')]).toEqual([2, 2, undefined, undefined]);
  expect(calls).toBe(2);
});

test('forgets rather than grows, and answers the same afterwards', () => {
  let calls = 0;
  const same = remembered((text) => {
    calls++;
    return text;
  });
  for (let i = 0; i <= 4096; i++) expect(same(`${i}`)).toBe(`${i}`);
  expect(calls).toBe(4097);
  expect(same('0')).toBe('0');
  expect(calls).toBe(4098);
});

test('does not keep long texts', () => {
  let calls = 0;
  const count = remembered(() => ++calls);
  const long = 'x'.repeat(257);
  count(long);
  count(long);
  expect(calls).toBe(2);
});
