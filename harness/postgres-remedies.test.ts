import { expect, it } from 'vitest';
import { reachOf, remedyFor } from './postgres-remedies.ts';

const reach = reachOf(new URL('postgres://golem:hunter2@db.example:6432/my%20fleet?sslmode=require'));
const coded = (code: string, words = 'words of the driver') => Object.assign(new Error(words), { code });

it('reads whom a URL reaches for, and what PostgreSQL takes for what it does not say', () => {
  expect(reach).toEqual({ host: 'db.example', port: '6432', database: 'my fleet', user: 'golem' });
  expect(reachOf(new URL('postgres:///?host=/run/pg'))).toEqual({
    ...{ host: '/run/pg', port: '5432', database: 'postgres', user: '' },
  });
});

it.each([
  ['3D000', 'no such database', "createdb -h db.example -p 6432 -U golem 'my fleet'"],
  ['28P01', 'PGPASSWORD', "PGPASSWORD='<the password>' psql -h db.example -p 6432 -U golem -d 'my fleet'"],
  [
    '42501',
    'may not create',
    'psql -h db.example -p 6432 -d \'my fleet\' -U OWNER -c \'grant create on database "my fleet" to "golem"\'',
  ],
  ['ENOTFOUND', 'no machine is known by the name of its host', 'nslookup db.example'],
  ['ECONNREFUSED', 'nothing listens there', 'pg_isready -h db.example -p 6432'],
  ['57P03', 'starting up', 'pg_isready -h db.example -p 6432'],
  ['XX000', 'words of the driver', "psql -h db.example -p 6432 -U golem -d 'my fleet'"],
])('says of %s what it is and what to type', (code, reason, next) => {
  const remedy = remedyFor(coded(code), reach);
  expect(remedy).toEqual({ reason: expect.stringContaining(reason), next });
  expect(JSON.stringify(remedy)).not.toContain('hunter2');
});

it('says in plain words that a password is asked for', () => {
  const words = 'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string';
  expect(remedyFor(new Error(words), reach)).toEqual({
    reason: 'it asks for a password; PGPASSWORD or ~/.pgpass may hold it',
    next: "PGPASSWORD='<the password>' psql -h db.example -p 6432 -U golem -d 'my fleet'",
  });
});
