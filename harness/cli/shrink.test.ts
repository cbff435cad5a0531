import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeShell } from '../../tests/cli/fake-shell.ts';
import type { GolemConfig } from '../config.ts';
import { displayWidth } from '../report/display-text.ts';
import type { Fixture, FixtureOptions } from '../run/shrink/fixture.ts';
import type { Shrunk, ShrinkOptions } from '../run/shrink.ts';
import { runShrinkCommand, type ShrinkCommandOptions } from './shrink.ts';

const globals = { config: null, debug: false, color: true };
const config = {
  fixtures: 'fixtures',
  seed: '7',
  settings: { base: { SHADOW: '1' } },
  migration: {
    fields: [{ name: 'dx' }, { name: 'rel_x' }],
    flags: { SHADOW: '1', SHARE: '0' },
    checkFlag: () => null,
  },
} as unknown as GolemConfig;
const SHRUNK = {
  text: 'record breach of dx +: a cause with a rather long name that will not fit on one line of a terminal (c-1)',
  before: { records: 1_030, users: 31 },
  after: { records: 1, users: 1, bytes: 602 },
  replays: 41,
  most: 200,
  stopped: false,
  defect: null,
  signature: { kind: 'breaches', all: [] },
} as unknown as Shrunk;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'golem-shrink-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function run(
  given: Partial<ShrinkCommandOptions>,
  answer: Partial<Shrunk> = {},
  env: Record<string, string> = {},
) {
  const shell = fakeShell({ cwd: root, env });
  const asked: ShrinkOptions[] = [];
  const wrote: FixtureOptions[] = [];
  const exit = await runShrinkCommand('big.ndjson', { maxRuns: '200', flags: [], ...given }, globals, shell, {
    loadConfig: async () => ({ config, root }),
    shrink: async (options) => {
      asked.push(options);
      return { ...SHRUNK, ...answer };
    },
    writeFixture: async (_, options): Promise<Fixture> => {
      wrote.push(options);
      const suite = { name: 'shrunk/dx', line: "{ name: 'shrunk/dx' },", listed: false };
      return {
        recording: join(options.folder, 'recording.ndjson'),
        suite,
        golden: ['golden/shrunk/dx/u/2025-01-01.json'],
      };
    },
  });
  return { exit, out: shell.out(), asked: asked[0], wrote: wrote[0] };
}

describe('golem shrink', () => {
  it('shows what is left, what was written, how to see it again and what to paste', async () => {
    const { exit, out, asked, wrote } = await run({ breach: 'dx', flags: ['SHARE=10%'] });
    expect(exit).toBe(0);
    expect(asked).toMatchObject({
      recording: 'big.ndjson',
      wanted: { kind: 'breach', field: 'dx', level: null, cause: null },
      flags: { SHADOW: '1', SHARE: '10%' },
      seed: '7',
      most: 200,
    });
    expect(wrote).toMatchObject({ folder: join(root, 'fixtures/shrunk/dx'), ci: false, overwrite: false });
    expect(out).toBe(`shows     record breach of dx +: a cause with a rather long name that will not
          fit on one line of a terminal (c-1)
reduced   1,030 records of 31 users → 1 record of 1 user, 602 bytes
replays   41 of at most 200
wrote     fixtures/shrunk/dx/recording.ndjson
wrote     golden/shrunk/dx/u/2025-01-01.json
run       npm run replay -- fixtures/shrunk/dx/recording.ndjson --flags SHARE=10% --seed 7
run       npm run test:golem -- shrunk/dx
config    { name: 'shrunk/dx' },
note      paste the line among the suites of the config; its limits hold what is
          shown
golem: shrunk · 1,030 records → 1 record of 1 user in 41 replays, nothing more can go
`);
    const notCopied = out.split('\n').filter((line) => !/^(run|config|golem:)/.test(line));
    expect(notCopied.filter((line) => displayWidth(line) > 80)).toEqual([]);
  });

  it.each<[Partial<ShrinkCommandOptions>, object, string]>([
    [
      { breach: 'day/rel_x', cause: 'c-12' },
      { kind: 'breach', field: 'rel_x', level: 'day', cause: 'c-12' },
      'day-rel_x-c-12',
    ],
    [
      { breach: 'breach/record/dx' },
      { kind: 'breach', field: 'dx', level: 'record', cause: null },
      'record-dx',
    ],
    [{ case: 'suite/u-1/2025-01-02' }, { kind: 'case', user: 'u-1', date: '2025-01-02' }, 'u-1-2025-01-02'],
    [{ alert: 'Burst' }, { kind: 'alert', ruleset: null, alert: 'Burst' }, 'Burst'],
    [{ alert: 'alert/legacy/Burst' }, { kind: 'alert', ruleset: 'legacy', alert: 'Burst' }, 'legacy-Burst'],
  ])('reads %j and names its folder', async (given, wanted, folder) => {
    const { asked, wrote } = await run(given);
    expect(asked?.wanted).toEqual(wanted);
    expect(wrote?.folder).toBe(join(root, 'fixtures/shrunk', folder));
  });

  it('says what is not done: in CI no golden file, under a defect no suite', async () => {
    const inCi = await run({ breach: 'dx' }, {}, { CI: 'true' });
    expect([inCi.wrote?.ci, inCi.out.includes('in CI no golden file is written')]).toEqual([true, true]);
    const broken = await run({ breach: 'dx' }, { defect: 'halved', stopped: true });
    expect(broken.out).toContain('note      replayed under the defect halved');
    expect(broken.out).toContain('stopped at the bound, --max-runs goes on');
    expect(broken.out).not.toContain('npm run replay');
  });

  it.each<[string, Partial<ShrinkCommandOptions>, string]>([
    ['nothing', {}, 'expected one of --case, --breach and --alert'],
    ['two things', { case: 'u/2025-01-01', alert: 'X' }, 'expected one of --case, --breach and --alert'],
    [
      'a field that is none',
      { breach: 'dxx' },
      'no field is called "dxx", did you mean "dx"; there are dx, rel_x',
    ],
    ['a level that is none', { breach: 'week/dx' }, 'expected a field, record/FIELD or day/FIELD'],
    ['a case that is none', { case: 'u-1' }, 'expected USER/YYYY-MM-DD, such as u-aoi/2025-09-01'],
    ['a cause without a breach', { alert: 'X', cause: 'c-1' }, 'only --breach has causes'],
    ['too few replays', { breach: 'dx', maxRuns: '2' }, 'expected a whole number of 3 or more'],
    ['a number that is none', { breach: 'dx', maxRuns: 'many' }, 'expected a whole number of 3 or more'],
  ])('refuses %s', async (_what, given, reason) => {
    await expect(run(given)).rejects.toMatchObject({ exit: 64, failure: { reason } });
  });

  it('refuses, before it begins, a folder that holds a recording', async () => {
    mkdirSync(join(root, 'mine'));
    writeFileSync(join(root, 'mine/recording.ndjson'), 'mine');
    await expect(run({ breach: 'dx', out: 'mine' })).rejects.toMatchObject({ exit: 64 });
    expect((await run({ breach: 'dx', out: 'mine', overwrite: true })).wrote?.folder).toBe(
      join(root, 'mine'),
    );
  });
});
