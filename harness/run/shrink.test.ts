import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { config } from '../../golem.config.ts';
import type { GolemConfig } from '../config.ts';
import type { RecordedWrite, RecordingHeader } from '../recording/format.ts';
import { readRecording } from '../recording/read.ts';
import { createRecordingWriter, renderRecord } from '../recording/write.ts';
import type { Wanted } from './shrink/wanted.ts';
import { type Shrunk, shrink } from './shrink.ts';

const ROOT = join(import.meta.dirname, '../..');
const fixture = (suite: string) => join(ROOT, 'fixtures', suite, 'recording.ndjson');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-shrink-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function shrunk(
  recording: string,
  wanted: Wanted,
  most = 200,
  by: GolemConfig = config as GolemConfig,
): Promise<Shrunk> {
  const flags = config.settings.base;
  return shrink({
    config: by,
    root: ROOT,
    recording,
    wanted,
    flags,
    seed: 'golem',
    most,
    progress: () => {},
  });
}

function breach(field: string, level: 'record' | 'day' | null = null, cause: string | null = null): Wanted {
  return { kind: 'breach', field, level, cause };
}

async function recordsOf(file: string): Promise<{ header: RecordingHeader; records: RecordedWrite[] }> {
  const { header, batches } = await readRecording(file);
  const records: RecordedWrite[] = [];
  for await (const batch of batches) records.push(...batch.records);
  return { header, records };
}

let files = 0;
async function written(header: RecordingHeader, records: readonly RecordedWrite[]): Promise<string> {
  files += 1;
  const file = join(folder, `${files}.ndjson`);
  const writer = await createRecordingWriter(file, header);
  for (const record of records) await writer.write(record);
  await writer.finish();
  return file;
}

const bytes = (records: readonly RecordedWrite[]) => records.map(renderRecord).join('\n').length;

/** The energy that the provider states of one of a record's items, ten times over. */
function tenfold(record: RecordedWrite): RecordedWrite {
  const [call] = record.upstream;
  const answer = JSON.parse(call?.response?.body ?? '{}');
  const { totals: _, ...rest } = answer;
  const items = answer.items.map((item: { calories: number }, index: number) =>
    index === 0 ? { ...item, calories: item.calories * 10 } : item,
  );
  const response = { status: 200, body: JSON.stringify({ ...rest, items }) };
  return { ...record, upstream: [{ ...call!, response }], response: null };
}

describe('shrinking a breach', () => {
  it('finds the one record of ten thousand within two hundred replays', async () => {
    const { header, records } = await recordsOf(fixture('everyday'));
    const many = Array.from({ length: 33 }, (_, copy) =>
      records.map((record) => ({
        ...record,
        user: `${record.user}-${copy}`,
        request_key: `${record.request_key.slice(0, 32)}-${copy}`,
      })),
    ).flat();
    const culprit = many.findIndex(
      ({ upstream }, index) =>
        index > 7_000 && JSON.parse(upstream[0]?.response?.body ?? '{}').items?.length === 4,
    );
    many[culprit] = tenfold(many[culprit]!);
    const grouped = [...Map.groupBy(many, ({ user }) => user).values()].flat();
    const file = await written({ ...header, anonymised: true, grouped_by: 'user' }, grouped);
    const result = await shrunk(file, breach('dkcal'));
    process.stdout.write(`one record of ${result.before.records}: ${result.replays} replays\n`);
    expect(result.before).toEqual({ records: 33 * records.length, users: 33 * 8 });
    expect(result.before.records).toBeGreaterThan(10_000);
    expect(result.replays).toBeLessThanOrEqual(200);
    expect(result.stopped).toBe(false);
    expect(result.records.map(({ id, user }) => [id, user])).toEqual([
      [many[culprit]!.id, many[culprit]!.user],
    ]);
    expect(JSON.parse(result.records[0]?.upstream[0]?.response?.body ?? '{}').items).toHaveLength(1);
  });

  it.each<readonly [string, Wanted]>([
    ['edges', breach('dkcal')],
    ['edges', breach('rel_f', 'record')],
    ['edges', breach('dp', 'day')],
    ['edges', breach('dc', 'day')],
    ['noisy', breach('dc', 'day')],
    ['noisy', breach('rel_p', 'day')],
    ['alerts-just-below', breach('rel_f')],
  ])(
    'of %s keeps the same breach of %j, never grows, and finds nothing more the second time',
    async (suite, wanted) => {
      const first = await shrunk(fixture(suite), wanted);
      const { records } = await recordsOf(fixture(suite));
      expect(first.records.length).toBeLessThanOrEqual(records.length);
      const ids = new Set(first.records.map(({ id, user }) => `${user} ${id}`));
      expect(bytes(first.records)).toBeLessThanOrEqual(
        bytes(records.filter(({ id, user }) => ids.has(`${user} ${id}`))),
      );
      // Written down and read back it shows the same signature, and is as small as it gets.
      const again = await shrunk(await written(first.header, first.records), wanted);
      expect(again.signature).toEqual(first.signature);
      expect([first.stopped, again.records.map(renderRecord)]).toEqual([
        false,
        first.records.map(renderRecord),
      ]);
    },
  );

  it('of a chosen cause keeps to it', async () => {
    const oil = await shrunk(fixture('edges'), breach('df'));
    const cause = oil.signature.kind === 'breaches' ? oil.signature.all[0]!.cause : '';
    const same = await shrunk(fixture('edges'), breach('dkcal', null, cause));
    expect(same.signature).toMatchObject({ all: [{ field: 'dkcal', cause }] });
    await expect(shrunk(fixture('edges'), breach('dkcal', null, 'c-00000000'))).rejects.toMatchObject({
      exit: 65,
      failure: { reason: 'no breach of record or day dkcal with cause c-00000000 is in it' },
    });
  });

  it('runs under the defect of the suite that it is taken from', async () => {
    const result = await shrunk(fixture('must-fail/kcal-up'), breach('dkcal'));
    expect([result.defect, result.after.records]).toEqual(['kcal-up', 1]);
  });

  it('stops at its bound with something that still shows it', async () => {
    const result = await shrunk(fixture('noisy'), breach('dkcal', 'record'), 8);
    expect([result.stopped, result.replays]).toEqual([true, 8]);
    const again = await shrunk(await written(result.header, result.records), breach('dkcal', 'record'));
    expect(again.signature).toEqual(result.signature);
    await expect(shrunk(fixture('noisy'), breach('dkcal', 'record'), 2)).rejects.toMatchObject({ exit: 64 });
  });

  it('is refused where there is none', async () => {
    await expect(shrunk(fixture('everyday'), breach('dkcal'))).rejects.toMatchObject({
      exit: 65,
      failure: { reason: 'no breach of record or day dkcal is in it' },
    });
  });
});

describe('shrinking an alert', () => {
  it('keeps it firing with the same labels', async () => {
    const wanted: Wanted = { kind: 'alert', ruleset: 'legacy', alert: 'ShadowDiffDailyMacrosP95High' };
    const first = await shrunk(fixture('edges'), wanted);
    expect(first.after.records).toBeLessThan(5);
    expect(first.signature).toMatchObject({ alert: { ruleset: 'legacy', alert: wanted.alert } });
    const again = await shrunk(await written(first.header, first.records), wanted);
    expect(again.signature).toEqual(first.signature);
  }, 30_000);

  it('that counts needs as many as its threshold asks for', async () => {
    const wanted: Wanted = { kind: 'alert', ruleset: null, alert: 'ShadowDiffBreachBurst' };
    const result = await shrunk(fixture('must-fail/alert-burst'), wanted, 40);
    // An increase of more than five needs at least six.
    expect(result.after.records).toBeGreaterThanOrEqual(6);
    expect(result.after.records).toBeLessThanOrEqual(8);
  }, 30_000);

  it('is refused where it does not fire, is not there, or nothing is named', async () => {
    const quiet: Wanted = { kind: 'alert', ruleset: null, alert: 'ShadowDiffBreachBurst' };
    await expect(shrunk(fixture('retries'), quiet)).rejects.toMatchObject({ exit: 65 });
    await expect(shrunk(fixture('retries'), { ...quiet, alert: 'Nope' })).rejects.toMatchObject({ exit: 64 });
    await expect(shrunk(fixture('retries'), { ...quiet, ruleset: 'nope' })).rejects.toMatchObject({
      exit: 64,
    });
    const { alerts: _, ...without } = config;
    await expect(shrunk(fixture('retries'), quiet, 200, without as GolemConfig)).rejects.toMatchObject({
      exit: 64,
    });
  });
});

describe('shrinking a case', () => {
  it('that is as accepted keeps all its breaches', async () => {
    const result = await shrunk(fixture('edges'), { kind: 'case', user: 'u-guard-ja', date: '2025-09-03' });
    expect(result.signature.kind).toBe('breaches');
    expect(result.after.records).toBe(1);
    expect(result.signature).toMatchObject({
      all: expect.arrayContaining([expect.objectContaining({ level: 'day' })]),
    });
  });

  it('whose outcome changed keeps the very record as it was, and what changed in it', async () => {
    // Another defect than the accepted outcome was made under stands for a change of the code.
    const suites = config.suites.map((suite) =>
      suite.name === 'edges' ? { ...suite, defect: 'kcal-up' } : suite,
    );
    const changed = { ...config, suites } as GolemConfig;
    const wanted: Wanted = { kind: 'case', user: 'u-guard-ja', date: '2025-09-03' };
    const result = await shrunk(fixture('edges'), wanted, 200, changed);
    expect(result.signature.kind).toBe('golden');
    expect(result.text).toMatch(/^golden: r\d+ v2\/.* → /);
    const { records } = await recordsOf(fixture('edges'));
    const lines = new Set(records.map(renderRecord));
    expect(result.records.map((record) => lines.has(renderRecord(record)))).toEqual([true]);
  });

  it('is refused where it is not there or shows nothing', async () => {
    const none: Wanted = { kind: 'case', user: 'u-guard-ja', date: '2030-01-01' };
    await expect(shrunk(fixture('edges'), none)).rejects.toMatchObject({ exit: 65 });
    await expect(shrunk(fixture('edges'), { ...none, user: 'nobody' })).rejects.toMatchObject({ exit: 65 });
    const quiet: Wanted = { kind: 'case', user: 'u-aoi', date: '2025-09-02' };
    await expect(shrunk(fixture('everyday'), quiet)).rejects.toMatchObject({
      exit: 65,
      failure: { reason: 'the case is as accepted and breaches no limit' },
    });
  });
});
