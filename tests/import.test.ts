/**
 * Real diaries through the shipped map: every row is taken or refused with a reason, and every record is one that a
 * replay accepts. The diaries are no part of the repository; where their folder is missing the test says so.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rolloutBucket } from '../harness/meal-log/flags.ts';
import { importer } from '../harness/meal-log/import.ts';
import { readAnswer } from '../harness/meal-log/provider/answer.ts';
import type { ProviderAnswer } from '../harness/meal-log/provider/answer-shape.ts';
import { providerRequest } from '../harness/meal-log/provider/request.ts';
import type { RecordedWrite } from '../harness/recording/format.ts';
import { importCsv, type ImportReport } from '../harness/recording/import/import-csv.ts';
import { readRecording } from '../harness/recording/read.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const mapFile = join(root, 'fixtures/maps/food-log.yml');
const diaries = join(root, '../shared/data/food-logs');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-diaries-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function importAll(
  files: readonly string[],
): Promise<{ report: ImportReport; records: RecordedWrite[] }> {
  const outFile = join(folder, 'diaries.ndjson');
  const report = await importCsv({
    files,
    mapFile,
    outFile,
    importer,
    rolloutBucket,
    strict: false,
    overwrite: true,
  });
  const records: RecordedWrite[] = [];
  for await (const batch of (await readRecording(outFile)).batches) {
    records.push(...batch.records);
  }
  return { report, records };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function itemsOf(record: RecordedWrite | undefined): ProviderAnswer['items'] {
  const read = readAnswer(record?.upstream[0]?.response?.body ?? '');
  if (!('answer' in read)) {
    throw new Error(read.malformed);
  }
  return read.answer.items;
}

/** Invented diaries, one in each layout that the shipped map describes. */
const SAMPLES: Readonly<Record<string, string>> = {
  'Food_Log_101.csv': `date,time,time_begin,time_end,logged_food,amount,unit,searched_food,calorie,total_carb,dietary_fiber,sugar,protein,total_fat
2024-05-02,12:30:00,2024-05-02 12:30:00,11:50:00,"Noodles, ""house"" style",1.0,bowl,Noodles,410.0,62.0,3.0,2.0,12.0,9.0
2024-05-01,08:00:00,2024-05-01 08:00:00,,Porridge,half,,Porridge,95.0,17.0,,1.0,3.0,
2024-05-02,1900-01-01 00:45:00,2024-05-02 00:45:00,,Crackers,3,,,60.0,9.0,,,1.0,2.0
2024-05-03,07:00:00,,,Shake,,,,220.0,30.0,,,20.0,3.0
2024-05-03,07:00:00,,,Shake,,,,220.0,30.0,,,20.0,3.0
2024-05-03,08:00:00,,,Water,1,cup,,,,,,,
`,
  'Food_Log_102.csv': `\ufeffdate,time_of_day,time_begin,time_end,logged_food,amount,unit,searched_food,calorie,total_carb,dietary_fiber,sugar,protein,total_fat
5/4/2024,7:05,2024-05-04 07:05:00,#N/A,Yoghurt,1/3 cup,,,80,9,0,9,6,#N/A
12/31/2024,23:59,2024-12-31 23:59:00,0:10,Sparkling water,,,,0,0,0,0,0,0
`,
  'Food_Log_103.csv': `2024-05-05,6:40:00,2024-05-05 06:40:00,Flat bread,2 small,,Bread,240,44,1,7
2024-05-05,06:40,2024-05-05 06:40:00,Olives,rest of jar,,Olives,50,2,0,0.4
`,
};

describe('the shipped map', () => {
  it('reads each layout, the one without a header included, in one command', async () => {
    const files = Object.entries(SAMPLES).map(([name, text]) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    });
    const { report, records } = await importAll(files);
    expect(report.files.map(({ understood, rows, taken }) => [understood, rows, taken])).toEqual([
      ['layout ISO dates', 6, 4],
      ['layout month-first dates', 2, 2],
      ['layout eleven columns without a header, fat not recorded', 2, 2],
    ]);
    expect(report.refused.map(({ line, reason }) => [line, reason])).toEqual([
      [6, 'duplicate row: the same as line 5'],
      [7, 'no figure: kcal, protein, fat and carbs are all empty'],
    ]);
    expect(
      records.map(({ user, at, request }) => [user, at, (request.body as { message: string }).message]),
    ).toEqual([
      ['diary-101', '2024-05-01T13:00:00.000Z', 'Porridge'],
      ['diary-101', '2024-05-02T05:45:00.000Z', 'Crackers'],
      ['diary-101', '2024-05-02T17:30:00.000Z', 'Noodles, "house" style'],
      ['diary-101', '2024-05-03T12:00:00.000Z', 'Shake'],
      ['diary-102', '2024-05-04T12:05:00.000Z', 'Yoghurt'],
      ['diary-102', '2025-01-01T04:59:00.000Z', 'Sparkling water'],
      ['diary-103', '2024-05-05T11:40:00.000Z', 'Flat bread, Olives'],
    ]);
    expect(itemsOf(records[0])).toEqual([
      { name: 'Porridge', amount: 0.5, calories: 95, protein_g: 3, carbs_g: 17 },
    ]);
    expect(itemsOf(records[6])).toEqual([
      { name: 'Flat bread', amount: 2, unit: 'small', calories: 240, protein_g: 7, carbs_g: 44 },
      { name: 'Olives', calories: 50, protein_g: 0.4, carbs_g: 2 },
    ]);
  });
});

if (existsSync(diaries)) {
  describe('real diaries', () => {
    it('are taken or refused row by row, and every record is one that a replay accepts', async () => {
      const files = readdirSync(diaries)
        .sort()
        .map((name) => join(diaries, name));
      // Counted without golem: lines of each CSV less its header.
      const rows = files.reduce(
        (sum, file) =>
          sum + parse(readFileSync(file, 'utf8'), { bom: true, relax_column_count: true }).length - 1,
        0,
      );
      const { report, records } = await importAll(files);
      process.stdout.write(
        `real diaries: ${report.rows} rows = ${report.taken} taken + ${report.refused.length} refused ${JSON.stringify(report.reasons)}, ${report.records} records of ${report.users} people\n`,
      );
      expect(rows).toBeGreaterThan(1000);
      expect(report.rows).toBe(rows);
      expect(report.taken + report.refused.length).toBe(rows);
      expect(report.users).toBe(files.length);
      expect(records).toHaveLength(report.records);
      expect(records.reduce((sum, record) => sum + itemsOf(record).length, 0)).toBe(report.taken);
      for (const record of records) {
        const { message } = record.request.body as { message: string };
        expect(record.upstream[0]?.request.body_sha256).toBe(sha256(providerRequest(message, []).body));
        expect(record.request_key).toBe(sha256(record.request.headers['idempotency-key'] ?? ''));
        expect(record.rollout_bucket).toBe(rolloutBucket(record.user));
      }
      expect(new Set(records.map(({ request_key }) => request_key)).size).toBe(records.length);
    });
  });
} else {
  it('says that the real diaries were not tried', () => {
    process.stderr.write(`NOT TRIED: there are no real diaries in ../shared/data/food-logs\n`);
    expect(existsSync(mapFile)).toBe(true);
  });
}
