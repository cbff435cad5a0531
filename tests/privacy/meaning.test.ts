/** Anonymising changes no difference: every fixture replayed as recorded and anonymised. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { config } from '../../golem.config.ts';
import { emulateReplay, readAlertPlan } from '../../harness/alerts/rule-sets.ts';
import type { FlagTexts, ReplayStore } from '../../harness/migration.ts';
import { mealLog } from '../../harness/meal-log/index.ts';
import { privacyRules } from '../../harness/meal-log/privacy.ts';
import { anonymise } from '../../harness/recording/privacy/anonymise.ts';
import { createRedactor } from '../../harness/recording/privacy/redactor.ts';
import { replaySetting, scrapesBy } from '../../harness/run/setting.ts';
import { recordedSuites, recordingOf } from '../../harness/run/suite.ts';
import { readTally } from '../replay/replay-fixture.ts';
import { REPOSITORY } from '../temporary-project.ts';

const plan = readAlertPlan(config.alerts!, REPOSITORY);
const folder = mkdtempSync(join(tmpdir(), 'golem-anonymised-'));
let store: ReplayStore;

beforeAll(async () => {
  store = await mealLog.openStore({ kind: 'memory' }, 'replay');
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function outcomes(file: string, flags: FlagTexts, defect: string | null) {
  const run = await replaySetting({
    config,
    store,
    file,
    setting: 'base',
    flags,
    seed: 'golem',
    defect,
    onBadLine: 'fail',
    keep: true,
    scraping: { intervalMs: plan.settings.scrapeIntervalMs },
  });
  const { incidents, ...tally } = readTally(run.tally) as {
    readonly incidents: readonly (readonly unknown[])[];
  };
  return {
    results: run.replayed.map(({ result, storedBefore }) => ({
      disposition: result.disposition,
      answer: result.answer.status,
      phase: result.phase,
      date: result.date,
      firstAtMs: result.firstAtMs,
      record: result.record,
      day: result.day,
      storedBefore,
      paths: [result.legacy, result.v2].map(
        (path) =>
          path && {
            state: path.state,
            totals: path.totals,
            warnings: path.warnings,
            trace: path.trace,
            failure: path.failure?.code,
          },
      ),
    })),
    users: run.replayed.map(({ record }) => record.user),
    // Examples of incidents name users and records, whose pseudonyms are others by intent.
    tally: { ...tally, incidents: incidents.map(([code, count]) => [code, count]) },
    census: run.census,
    // A share changes no metric, so alerts need to be looked at once.
    alerts: flags === config.settings.base ? emulateReplay(plan, scrapesBy([run]), mealLog) : null,
  };
}

/** The first place at which each user comes: equal lists mean that the same records belong together. */
function partition(users: readonly string[]): readonly number[] {
  return users.map((user) => users.indexOf(user));
}

/** These suites are about a recorded key or bucket that is wrong, which an anonymised recording cannot show. */
const ABOUT_IDENTITY = ['must-fail/identity-changed'];
const suites = recordedSuites(config, REPOSITORY).filter((suite) => !ABOUT_IDENTITY.includes(suite));

describe('a fixture anonymised', () => {
  it.each(suites)('%s gives the same differences, tallies and alerts', async (name) => {
    const file = recordingOf(config, REPOSITORY, name);
    const anonymised = join(folder, `${name.replaceAll('/', '-')}.ndjson`);
    const redactor = createRedactor({ key: 'a key of the tests, 32 bytes long', rules: privacyRules });
    const done = await anonymise({
      file,
      outFile: anonymised,
      overwrite: false,
      redactor,
      onBadLine: 'fail',
    });
    expect(done.texts).toBe(0);
    const defect = config.suites.find((suite) => suite.name === name)?.defect ?? null;
    for (const flags of [config.settings.base, config.settings.full, ...config.settings.shares]) {
      const [before, after] = [
        await outcomes(file, flags, defect),
        await outcomes(anonymised, flags, defect),
      ];
      expect(partition(after.users)).toEqual(partition(before.users));
      expect(after.users.filter((user) => before.users.includes(user))).toEqual([]);
      const [was, is] = [
        { ...before, users: [] },
        { ...after, users: [] },
      ];
      // A quick look first: saying how two long runs are equal takes longer than making them.
      if (!isDeepStrictEqual(is, was)) expect(is).toEqual(was);
    }
  });
});
