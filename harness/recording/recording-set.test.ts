import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openRecordingSet, type RecordingSet } from './recording-set.ts';
import { SAMPLE_HEADER } from './sample.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'golem-set-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  [{ queue_full: 1200, disk: 3 }, ['1203 writes were not recorded: disk 3, queue_full 1200']],
  [{ queue_full: 1 }, ['1 write was not recorded: queue_full 1']],
  [{ queue_full: 0 }, []],
  [{ 'taro@example.com': 5, 'queue-full': 2 }, ['7 writes were not recorded: other 7']],
  [undefined, []],
])('says of a recording that lost %j so much: %j', async (dropped, notes) => {
  writeFileSync(join(folder, 'a.ndjson'), `${JSON.stringify({ ...SAMPLE_HEADER, dropped })}\n`);
  const set = await openRecordingSet(['a.ndjson'], folder);
  expect(set.notes).toEqual(notes.map((note) => `a.ndjson has holes: ${note}`));
});

it.each([3, null, 'many', [1], { queue: 'many' }, { queue: -1 }, { queue: 1.5 }, { queue: null }])(
  'refuses a header whose "dropped" is %j',
  async (dropped) => {
    writeFileSync(join(folder, 'odd.ndjson'), `${JSON.stringify({ ...SAMPLE_HEADER, dropped })}\n`);
    await expect(openRecordingSet(['odd.ndjson'], folder)).rejects.toMatchObject({
      failure: { kind: 'data', reason: expect.stringContaining('"dropped') },
    });
  },
);

it('calls two files of one name by the folders that tell them apart, however they were asked for', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'golem-elsewhere-'));
  try {
    for (const day of ['mon', 'tue']) {
      mkdirSync(join(outside, day));
      writeFileSync(join(outside, day, 'a.ndjson'), `${JSON.stringify(SAMPLE_HEADER)}\n`);
    }
    const byPattern = await openRecordingSet([join(outside, '*/a.ndjson')], folder);
    const byName = await openRecordingSet(
      [join(outside, 'tue/a.ndjson'), join(outside, 'mon/a.ndjson')],
      folder,
    );
    const shown = (set: RecordingSet) => set.groups.flatMap(({ files }) => files.map((file) => file.shown));
    expect([byPattern.asked, shown(byPattern)]).toEqual([['*/a.ndjson'], ['mon/a.ndjson', 'tue/a.ndjson']]);
    expect([byName.asked, shown(byName)]).toEqual([['tue/a.ndjson', 'mon/a.ndjson'], shown(byPattern)]);
    expect(byPattern.groups[0]!.files[0]!.label).toBe(join(outside, 'mon/a.ndjson'));
  } finally {
    rmSync(outside, { recursive: true });
  }
});
