import { expect, it } from 'vitest';
import { fleetFailure, mayPass, typableDatabase } from './fleet-failures.ts';

it('keeps all of a URL in a command but the password', () => {
  expect(
    typableDatabase('postgres://golem:hunter2@127.0.0.1:41545/fleet?sslmode=require&password=hunter2'),
  ).toBe('postgres://golem@127.0.0.1:41545/fleet?sslmode=require');
});

it('does not wait for what no waiting mends', () => {
  const failing = (code: string, words = '') =>
    mayPass(fleetFailure(Object.assign(new Error(words), { code }), 'postgres://a@b/c'));
  expect(['28P01', '3D000', '42501'].map((code) => failing(code))).toEqual([false, false, false]);
  expect(failing('', 'SASL: client password must be a string')).toBe(false);
  expect(['ECONNREFUSED', '57P01'].map((code) => failing(code))).toEqual([true, true]);
});
