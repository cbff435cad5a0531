import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openRecordingSet } from './recording-set.ts';
import { SAMPLE_HEADER } from './sample.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'golem-set-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  [{ queue_full: 1200, disk: 3 }, ['1203 writes were not recorded: disk 3, queue_full 1200']],
  [{ queue_full: 1 }, ['1 write was not recorded: queue_full 1']],
  [{ queue_full: 0, 'taro@example.com': 5, disk: 'many' }, []],
  [undefined, []],
])('says of a recording that lost %j so much: %j', async (dropped, notes) => {
  writeFileSync(join(folder, 'a.ndjson'), `${JSON.stringify({ ...SAMPLE_HEADER, dropped })}\n`);
  const set = await openRecordingSet(['a.ndjson'], folder);
  expect(set.notes).toEqual(notes.map((note) => `a.ndjson has holes: ${note}`));
});
