import { describe, expect, it } from 'vitest';
import { fakeShell } from '../../tests/cli/fake-shell.ts';
import type { GolemConfig } from '../config.ts';
import type { DatabaseImporter, Migration } from '../migration.ts';
import type { ImportHarReport } from '../recording/import/har-report.ts';
import type { ImportHarOptions } from '../recording/import/import-har.ts';
import type { ImportPostgresOptions, ImportPostgresReport } from '../recording/import/import-postgres.ts';
import { runImportHar } from './import-har.ts';
import { parseOffset } from './import-options.ts';
import { runImportPostgres } from './import-postgres.ts';

const globals = { config: null, debug: false, color: true };
const whole = {
  name: 'anything',
  databaseImporter: {} as DatabaseImporter,
  capture: {},
  exchangeImporter: {},
  rolloutBucket: () => 1,
} as unknown as Migration;
const shared = { env: 'stg', tzOffset: '540', out: 'out.ndjson' } as const;
const REPORT = {
  outFile: 'out.ndjson',
  verbatim: true,
  files: [],
  rows: 2,
  taken: 1,
  records: 1,
  users: 1,
  refused: [],
  reasons: {},
  notes: [],
};

function configOf(migration: Migration) {
  return async () => ({ config: { migration } as unknown as GolemConfig, root: '/somewhere' });
}

describe('golem import postgres', () => {
  const asked: ImportPostgresOptions[] = [];
  const run = (
    url: string | undefined,
    options: Parameters<typeof runImportPostgres>[1],
    shell = fakeShell({}),
    migration = whole,
  ) =>
    runImportPostgres(url, options, globals, shell, {
      loadConfig: configOf(migration),
      importPostgres: async (given) => {
        asked.push(given);
        return { ...REPORT, unit: 'row' } as ImportPostgresReport;
      },
    });

  it('reads the range that was asked for and accounts for it in its last line', async () => {
    const shell = fakeShell({});
    const options = { ...shared, since: '2025-09-01', until: '2025-09-02T00:00:00+09:00', users: 'a,b' };
    expect(await run('postgres://x/y', options, shell)).toBe(0);
    expect(asked.at(-1)).toMatchObject({
      url: 'postgres://x/y',
      range: { since: '2025-09-01T00:00:00.000Z', until: '2025-09-01T15:00:00.000Z', users: ['a', 'b'] },
      env: 'stg',
      tzOffsetMinutes: 540,
      strict: false,
      overwrite: false,
    });
    expect(shell.out()).toMatch(
      /golem: imported · 2 rows = 1 taken \+ 1 not taken, 1 record of 1 user in out/,
    );
  });

  it('takes the URL from the environment, and everything where nothing narrows it', async () => {
    await run(undefined, shared, fakeShell({ env: { DATABASE_URL: 'postgres://from/env' } }));
    expect(asked.at(-1)).toMatchObject({
      url: 'postgres://from/env',
      range: { since: null, until: null, users: null },
    });
  });

  it.each([
    ['no database', undefined, shared, 'it needs the option URL of the database'],
    [
      'no file to write',
      'postgres://x/y',
      { ...shared, out: undefined } as never,
      'it needs the option --out',
    ],
    [
      'a time of another form',
      'postgres://x/y',
      { ...shared, since: 'last week' },
      'expected a date such as',
    ],
    [
      'a date no calendar has',
      'postgres://x/y',
      { ...shared, until: '2025-13-01' },
      'expected a date such as',
    ],
    ['no users', 'postgres://x/y', { ...shared, users: ',' }, 'it names nobody'],
  ])('refuses %s', async (_what, url, options, reason) => {
    await expect(run(url, options)).rejects.toMatchObject({
      exit: 64,
      failure: { reason: expect.stringContaining(reason) },
    });
  });

  it('refuses a migration that cannot be read back', async () => {
    const { databaseImporter: _, ...without } = whole;
    await expect(run('postgres://x/y', shared, fakeShell({}), without as Migration)).rejects.toMatchObject({
      exit: 64,
      failure: { subject: 'anything' },
    });
  });
});

describe('golem import har', () => {
  const asked: ImportHarOptions[] = [];
  const run = (options: Parameters<typeof runImportHar>[1], migration = whole) =>
    runImportHar(['a.har'], options, globals, fakeShell({}), {
      loadConfig: configOf(migration),
      importHar: async (given) => {
        asked.push(given);
        return { ...REPORT, unit: 'entry', passedOver: 0 } as ImportHarReport;
      },
    });

  it('says who is who, and drops credentials from the address of the upstream', async () => {
    const upstream = 'https://u:p@provider.example/api?key=1';
    expect(await run({ ...shared, userHeader: 'x-user', userCookie: 'sid', user: 'me', upstream })).toBe(0);
    expect(asked.at(-1)).toMatchObject({
      who: { header: 'x-user', cookie: 'sid', user: 'me' },
      upstream: 'https://provider.example/api',
    });
    await run(shared);
    expect(asked.at(-1)).toMatchObject({ who: { header: null, cookie: null, user: null }, upstream: null });
  });

  it('refuses an address that is none without repeating it, and a migration that knows no exchanges', async () => {
    await expect(run({ ...shared, upstream: 'ftp://u:hunter2@x' })).rejects.toMatchObject({
      exit: 64,
      message: expect.not.stringContaining('hunter2'),
    });
    const { capture: _, ...without } = whole;
    await expect(run(shared, without as Migration)).rejects.toMatchObject({ exit: 64 });
  });
});

describe('an offset from UTC', () => {
  it.each([
    ['540', 540],
    ['-330', -330],
    ['+0', 0],
    ['840', 840],
  ])('is %s minutes', (text, minutes) => {
    expect(parseOffset(text, 'golem')).toBe(minutes);
  });

  it.each(['841', '-721', '9h', '', '1e2', '5.5'])('is not %j', (text) => {
    expect(() => parseOffset(text, 'golem')).toThrow('expected whole minutes east of UTC');
  });
});
