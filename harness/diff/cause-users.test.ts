import { expect, it } from 'vitest';
import { CauseUsers, userKeys } from './cause-users.ts';

it('counts each user once for each key, whether his last write has passed or not', () => {
  const users = new CauseUsers();
  for (const user of ['b', 'a', 'b', 'c']) users.add(user, ['x', 'y']);
  users.add('a', ['z']);
  const before = users.counts();
  expect(before).toEqual({ x: 3, y: 3, z: 1 });
  users.end('a');
  users.end('b');
  users.end('nobody');
  expect(users.counts()).toEqual(before);
});

it('adds up over other users, in any order, to the bytes of the whole', () => {
  const [one, other, whole] = [new CauseUsers(), new CauseUsers(), new CauseUsers()];
  one.add('a', ['y', 'x']);
  other.add('b', ['z', 'x']);
  for (const [user, keys] of [
    ['b', ['z', 'x']],
    ['a', ['x', 'y']],
  ] as const)
    whole.add(user, keys);
  const [first, second] = [one.counts(), other.counts()];
  one.merge(second);
  other.merge(first);
  expect(JSON.stringify(one.counts())).toBe(JSON.stringify(whole.counts()));
  expect(JSON.stringify(other.counts())).toBe(JSON.stringify(whole.counts()));
});

it('tells a signature from all that are alike but for the entry, also where they are the same', () => {
  expect(userKeys(['c-1', 'c-2'])).toEqual(['c-1', 'c-2*']);
  expect(userKeys(['c-2'])).toEqual(['c-2', 'c-2*']);
});
