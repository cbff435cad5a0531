import { expect, it } from 'vitest';
import { apartReasons } from './apart.ts';

it('leaves open what stands on several groups, and says nothing of one or none', () => {
  expect(apartReasons(2)).toMatchObject([{ code: 'apart', state: 'open' }]);
  expect([apartReasons(1), apartReasons(0)]).toEqual([[], []]);
});
