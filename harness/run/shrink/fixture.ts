/**
 * Leaves a shrunk recording behind as a fixture: the recording, its golden files where it lies among the config's
 * fixtures, and what to put into the config. Everything that shrinking writes is written here.
 */
import { mkdir } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { type AlertPlan, emulateReplay, readAlertPlan } from '../../alerts/rule-sets.ts';
import type { GolemConfig, Suite } from '../../config.ts';
import type { SuiteRun } from '../../gate/suite-run.ts';
import { caseFile } from '../../golden/case-key.ts';
import { writeAccepted } from '../../golden/store.ts';
import { refuseExisting } from '../../recording/out-file.ts';
import { createRecordingWriter } from '../../recording/write.ts';
import { documentsOf } from '../outcomes.ts';
import { scrapesBy } from '../setting.ts';
import type { Shrunk } from '../shrink.ts';
import { openStores, replaySuite } from '../suite.ts';
import { renderSuite, suiteFor } from './suite-line.ts';

export interface FixtureOptions {
  readonly config: GolemConfig;
  readonly root: string;
  /** Absolute path of the folder to write. */
  readonly folder: string;
  /** The recording that was shrunk, for the header. */
  readonly from: string;
  readonly seed: string;
  readonly overwrite: boolean;
  /** True in continuous integration, where nothing that is accepted may be written. */
  readonly ci: boolean;
}

/** What was left behind; paths are absolute but for golden files, which are relative to the root. */
export interface Fixture {
  readonly recording: string;
  /** Null for a folder outside the config's fixtures. */
  readonly suite: { readonly name: string; readonly line: string; readonly listed: boolean } | null;
  readonly golden: readonly string[];
}

/** The suite that a folder would be; null where it is not among the config's fixtures. */
export function suiteOfFolder({
  config,
  root,
  folder,
}: Pick<FixtureOptions, 'config' | 'root' | 'folder'>): string | null {
  const below = relative(join(root, config.fixtures), folder);
  if (below === '' || below.startsWith('..') || isAbsolute(below)) return null;
  return below.split(sep).join('/');
}

/** The recording of a folder; throws where there is one already that may not go. */
export function recordingIn(folder: string, overwrite: boolean): string {
  const file = join(folder, 'recording.ndjson');
  refuseExisting(file, overwrite);
  return file;
}

/** Writes the recording, then, for a suite that must not fail, the golden files of its cases. */
export async function writeFixture(shrunk: Shrunk, options: FixtureOptions): Promise<Fixture> {
  const { config, root, folder, from } = options;
  const recording = recordingIn(folder, options.overwrite);
  await mkdir(folder, { recursive: true });
  const writer = await createRecordingWriter(recording, {
    ...shrunk.header,
    source: `shrunk from ${basename(from)}`,
  });
  try {
    for (const record of shrunk.records) await writer.write(record);
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const name = suiteOfFolder(options);
  // A defect stands in a suite that must fail, and whoever writes that suite says by what.
  if (name === null || shrunk.defect !== null) return { recording, suite: null, golden: [] };
  const plan = config.alerts ? readAlertPlan(config.alerts, root) : null;
  const run = await replayed({ name }, plan, options);
  const golden = options.ci ? [] : accept(run, shrunk, options);
  const line = renderSuite(suiteFor(name, run, config, firingOf(run, plan, config)));
  const listed = config.suites.some((suite) => suite.name === name);
  return { recording, suite: { name, line, listed }, golden };
}

async function replayed(suite: Suite, plan: AlertPlan | null, options: FixtureOptions): Promise<SuiteRun> {
  const stores = openStores({ config: options.config, store: { kind: 'memory' } });
  try {
    return await replaySuite(options, stores, suite, plan);
  } finally {
    await stores.close();
  }
}

/** Makes what the fixture shows now its accepted outcome. */
function accept(run: SuiteRun, { text }: Shrunk, { config, root, from }: FixtureOptions): string[] {
  const place = { root, goldenDir: config.golden };
  const reason = `shrunk from ${basename(from)}, which shows: ${text}`;
  return [...documentsOf(config, run)].map(([key, document]) => {
    writeAccepted(place, run.suite.name, key, document, reason);
    return caseFile(config.golden, run.suite.name, key);
  });
}

/** The alerts that fire over the fixture, by rule set. */
function firingOf(
  run: SuiteRun,
  plan: AlertPlan | null,
  config: GolemConfig,
): Record<string, readonly string[]> {
  const emulated = plan && emulateReplay(plan, scrapesBy([run.base]), config.migration);
  if (!emulated) return {};
  const firing: Record<string, string[]> = {};
  for (const { ruleset, alert, firingAtMs } of emulated.run.outcomes) {
    if (firingAtMs === null) continue;
    firing[ruleset] ??= [];
    if (!firing[ruleset].includes(alert)) firing[ruleset].push(alert);
  }
  return firing;
}
