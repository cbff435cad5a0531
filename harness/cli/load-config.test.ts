import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';

let folder = '';
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'golem-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

const SOUND = `
const migration = {
  name: 'orders', measures: [], fields: [{ name: 'amount' }, { name: 'ratio' }], metrics: [], redCodes: [],
  flags: { DUAL_WRITE_V2: '0' }, defects: ['late', 'lost'],
  checkFlag: (name, text) => (text === '0' || text === '1' ? null : 'expected 0 or 1'),
  openStore() {}, createService() {}, rolloutBucket() {}, importer: {}, serve() {},
};
export const config = {
  migration, fixtures: 'fixtures', golden: 'golden', seed: '7', store: 'memory',
  settings: { alone: { DUAL_WRITE_V2: '0' }, base: {}, full: { DUAL_WRITE_V2: '1' }, shares: [] },
  limits: { record: { '*': { breaches: 0, rate: 0.5, p95: 1.5 }, amount: { breaches: 2 } }, skipped: 0 },
  suites: [{ name: 'everyday' }, { name: 'must-fail/late', defect: 'late', must_fail: 'breach/day/amount', golden: false }],
};
`;

/** Writes a config that differs from the sound one by `change`, loads it and returns the message of its refusal. */
async function refusal(change: string): Promise<string> {
  files += 1;
  const name = `golem-${files}.config.mjs`;
  await writeFile(join(folder, name), `${SOUND}\n${change}`);
  const error = await loadConfig(name, folder).then(
    () => new Error('it was accepted'),
    (thrown: Error & { exit?: number }) => thrown,
  );
  expect(error).toMatchObject({ exit: 64 });
  return error.message.replace(`${name}: `, '');
}

describe('loading a config', () => {
  it('finds golem.config.ts, then .js, then .mjs in the folder, and says where it stands', async () => {
    const other = await mkdtemp(join(folder, 'found-'));
    await writeFile(join(other, 'golem.config.mjs'), SOUND);
    expect(await loadConfig(null, other)).toMatchObject({ root: other, config: { seed: '7' } });
    await writeFile(join(other, 'golem.config.ts'), SOUND.replace("seed: '7'", "seed: '8' as string"));
    expect(await loadConfig(null, other)).toMatchObject({ config: { seed: '8' } });
  });

  it('takes the default export where there is no export of the name', async () => {
    await writeFile(join(folder, 'default.mjs'), SOUND.replace('export const config =', 'export default'));
    expect(await loadConfig('default.mjs', folder)).toMatchObject({ config: { seed: '7' } });
  });

  it('says what to do where there is none', async () => {
    const empty = await mkdtemp(join(folder, 'empty-'));
    await expect(loadConfig(null, empty)).rejects.toMatchObject({
      message:
        'Failed to find "golem.config.ts": this folder has no config. Run: golem gate --config path/to/golem.config.ts',
      exit: 64,
    });
    await expect(loadConfig('gone.ts', empty)).rejects.toMatchObject({
      message: 'Failed to load "gone.ts": there is no such file.',
      exit: 64,
    });
  });

  it('says why a config that throws cannot be loaded', async () => {
    await writeFile(join(folder, 'throws.mjs'), 'throw new Error("no database.\\nreally")');
    await expect(loadConfig('throws.mjs', folder)).rejects.toMatchObject({
      message: 'Failed to load "throws.mjs": Error: no database. really.',
      exit: 64,
    });
  });

  it('says that a file exports none', async () => {
    await writeFile(join(folder, 'none.mjs'), 'export const other = 1;');
    await expect(loadConfig('none.mjs', folder)).rejects.toThrow(
      'Failed to load "none.mjs": it exports no "config".',
    );
  });
});

describe('a config is refused, with the path of the value,', () => {
  it.each([
    [
      'for a NaN limit',
      'config.suites[1].limits = { record: { amount: { breaches: 0 / 0 } } };',
      'Failed to use "suites[1].limits.record.amount.breaches": NaN is not a whole number of 0 or more.',
    ],
    [
      'for a negative limit',
      "config.limits.record['*'].p95 = -1;",
      'Failed to use "limits.record.*.p95": -1 is not a finite number of 0 or more.',
    ],
    [
      'for an infinite limit',
      'config.limits.day = { ratio: { p95: Infinity } };',
      'Failed to use "limits.day.ratio.p95": Infinity is not a finite number of 0 or more.',
    ],
    [
      'for a rate over 1',
      "config.limits.record['*'].rate = 12;",
      'Failed to use "limits.record.*.rate": 12 is not a ratio from 0 to 1.',
    ],
    [
      'for a limit that is there but undefined',
      'config.limits.skipped = undefined;',
      'Failed to use "limits.skipped": expected a whole number of 0 or more.',
    ],
    [
      'for a limit given as text',
      "config.limits.failed_writes = { v2: '0' };",
      'Failed to use "limits.failed_writes.v2": "0" is not a whole number of 0 or more.',
    ],
    [
      'for a limit on a field that does not exist',
      'config.limits.record.amuont = { breaches: 0 };',
      'Failed to use "limits.record.amuont": there is no such setting, did you mean "amount".',
    ],
    [
      'for a rollout that allows everyone a breach',
      "config.rollout = { users: { record: { '*': 1 } } };",
      'Failed to use "rollout.users.record.*": 1 is not a ratio from 0 to below 1.',
    ],
    [
      'for a rollout that needs no confidence',
      'config.rollout = { confidence: 0.5 };',
      'Failed to use "rollout.confidence": 0.5 is not a ratio above 0.5 and below 1.',
    ],
    [
      'for a watch without a unit',
      "config.rollout = { watch: '2' };",
      'Failed to use "rollout.watch": "2" is not a duration such as "15s".',
    ],
    [
      'for a rollout that wants no day at all',
      'config.rollout = { days: 0 };',
      'Failed to use "rollout.days": 0 is not a whole number of days from 1.',
    ],
    [
      'for an unknown key',
      'config.suites[0].mustFail = "x/y";',
      'Failed to use "suites[0].mustFail": there is no such setting, did you mean "must_fail".',
    ],
    [
      'for an unknown defect',
      "config.suites[1].defect = 'lots';",
      'Failed to use "suites[1].defect": no defect of the migration is called "lots", did you mean "lost".',
    ],
    [
      'for a defect in a suite that must pass',
      'delete config.suites[1].must_fail;',
      'Failed to use "suites[1].defect": a suite with a defect must name the finding it has to produce, in must_fail.',
    ],
    [
      'for two suites of one name',
      "config.suites.push({ name: 'everyday' });",
      'Failed to use "suites[2].name": "everyday" is the name of suites[0] already.',
    ],
    [
      'for a suite name that leads out of its folder',
      "config.suites[0].name = '../x';",
      'Failed to use "suites[0].name": "../x" is not a folder name: letters, digits, ".", "_", "-", with "/" between.',
    ],
    [
      'for an unknown flag',
      "config.settings.full = { DUAL_WRITE_V3: '1' };",
      'Failed to use "settings.full.DUAL_WRITE_V3": no flag "DUAL_WRITE_V3" is known, did you mean "DUAL_WRITE_V2"; known are DUAL_WRITE_V2.',
    ],
    [
      'for a flag value that the migration does not take',
      "config.settings.shares = [{ DUAL_WRITE_V2: 'ten' }];",
      'Failed to use "settings.shares[0].DUAL_WRITE_V2": expected 0 or 1.',
    ],
    [
      'for a flag that is no text',
      'config.settings.full = { DUAL_WRITE_V2: 1 };',
      'Failed to use "settings.full.DUAL_WRITE_V2": 1 is not a text that is not empty.',
    ],
    [
      'for an unknown store',
      "config.store = 'sqlite';",
      'Failed to use "store": "sqlite" is not "memory" or "pglite".',
    ],
    [
      'for an absolute folder',
      "config.golden = '/etc';",
      'Failed to use "golden": "/etc" is not a folder relative to the config.',
    ],
    [
      'for a setting that is missing',
      'delete config.seed;',
      'Failed to use "seed": expected a text that is not empty.',
    ],
    [
      'for a suite that is no object',
      'config.suites.push(null);',
      'Failed to use "suites[2]": null is not an object.',
    ],
    [
      'for a migration without write paths',
      'delete migration.createService;',
      'Failed to use "migration.createService": expected a function.',
    ],
    ['for a migration that is none', 'config.migration = null;', /^Failed to use "migration": /],
  ])('%s', async (_, change, message) => {
    expect(await refusal(change)).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
  });

  it('naming everything else that is wrong too', async () => {
    expect(await refusal("config.seed = ''; config.limits.refused = -2; config.extra = 1;")).toBe(
      'Failed to use "seed": "" is not a text that is not empty; also limits.refused: -2 is not a whole number of 0 ' +
        'or more; also extra: there is no such setting.',
    );
  });
});
