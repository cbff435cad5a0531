/** What must hold of anonymising, whatever the recording. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { privacyRules } from '../../harness/meal-log/privacy.ts';
import { anonymise } from '../../harness/recording/privacy/anonymise.ts';
import { createChecker } from '../../harness/recording/privacy/check.ts';
import { createRedactor, searchOf } from '../../harness/recording/privacy/redactor.ts';
import { recordSchema } from '../../harness/recording/schema.ts';
import type { RecordedWrite } from '../../harness/recording/format.ts';
import { renderHeader, renderRecord } from '../../harness/recording/write.ts';
import { NAMES } from './planted.ts';
import { HEADER, randomRecords } from './random-writes.ts';

const redactorWith = (key: string) => createRedactor({ key, rules: privacyRules, names: NAMES });
const redactor = redactorWith('a key of the tests, 32 bytes long');
const another = redactorWith('another key, no less of a secret!');

const folder = mkdtempSync(join(tmpdir(), 'golem-laws-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** For each value the place of the first that is equal to it: what joins with what. */
function partition(values: readonly unknown[]): readonly number[] {
  return values.map((value) => values.indexOf(value));
}

const answerOf = (record: RecordedWrite) => record.response?.body as Readonly<Record<string, unknown>>;

describe('anonymising', () => {
  it('twice is anonymising once, byte for byte, also under another key', () => {
    fc.assert(
      fc.property(randomRecords, (records) => {
        for (const record of records) {
          const once = redactor.redactRecord(record, false);
          const line = renderRecord(once);
          expect(renderRecord(redactor.redactRecord(JSON.parse(line), true))).toBe(line);
          expect(renderRecord(another.redactRecord(JSON.parse(line), true))).toBe(line);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps what joins and parts what does not', () => {
    fc.assert(
      fc.property(randomRecords, (records) => {
        const made = records.map((record) => redactor.redactRecord(record, false));
        for (const of of [
          (record: RecordedWrite) => record.user,
          (record: RecordedWrite) => record.request_key,
          (record: RecordedWrite) => answerOf(record).logId,
          (record: RecordedWrite) => record.request.path,
          (record: RecordedWrite) => record.request.headers['idempotency-key'],
          (record: RecordedWrite) => record.request.files[0]?.sha256,
        ]) {
          expect(partition(made.map(of))).toEqual(partition(records.map(of)));
        }
        for (const record of made) {
          expect(record.request.headers['idempotency-key']).toBe(record.request_key);
          expect(answerOf(record).idempotency_key).toBe(record.request_key);
          if (record.request.method === 'DELETE')
            expect(record.request.path).toBe(`/log/${answerOf(record).logId}`);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('keeps order, times and buckets, and writes what a reader accepts and the check lets pass', () => {
    const checker = createChecker(searchOf({ rules: privacyRules, names: NAMES }));
    fc.assert(
      fc.property(randomRecords, (records) => {
        const made = records.map((record) => redactor.redactRecord(record, false));
        expect(made.map(({ id, at, rollout_bucket }) => [id, at, rollout_bucket])).toEqual(
          records.map(({ id, at, rollout_bucket }) => [id, at, rollout_bucket]),
        );
        for (const record of made) {
          expect(recordSchema.validate(JSON.parse(renderRecord(record)))).toBe(true);
          expect(checker.record(record, 1)).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('writes no key that the rules do not list', () => {
    const listed = (patterns: object): string[] =>
      Object.keys(patterns).flatMap((pattern) => pattern.split(/[.[\]]+/));
    const known = new Set(
      [privacyRules.body, privacyRules.upstream, privacyRules.answer, privacyRules.headers].flatMap(listed),
    );
    const keysOf = (value: unknown): string[] =>
      typeof value !== 'object' || value === null
        ? []
        : Object.entries(value).flatMap(([key, inner]) => [
            ...(Array.isArray(value) ? [] : [key]),
            ...keysOf(inner),
          ]);
    fc.assert(
      fc.property(randomRecords, (records) => {
        for (const { request, upstream, response } of records.map((record) =>
          redactor.redactRecord(record, false),
        )) {
          const bodies = upstream.map(({ response: answer }) =>
            /^[[{]/.test(answer?.body ?? '') && !answer?.body.startsWith('[other:')
              ? JSON.parse(answer!.body)
              : null,
          );
          const unknown = [request.headers, request.body, response?.body, ...bodies]
            .flatMap(keysOf)
            .filter((key) => !known.has(key));
          expect(unknown).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('of a file gives the same bytes the second time, whatever it is compressed with', async () => {
    await fc.assert(
      fc.asyncProperty(randomRecords, async (records) => {
        const [raw, once, twice] = ['raw.ndjson', 'once.ndjson', 'twice.ndjson.zst'].map((name) =>
          join(folder, name),
        );
        // Lines of the reader's form: halves of surrogate pairs are escaped.
        writeFileSync(raw!, [renderHeader(HEADER), ...records.map(renderRecord), ''].join('\n'));
        const options = { overwrite: true, onBadLine: 'fail' } as const;
        const first = redactorWith('a key of the tests, 32 bytes long');
        const done = await anonymise({ ...options, file: raw!, outFile: once!, redactor: first });
        const again = await anonymise({ ...options, file: once!, outFile: twice!, redactor: another });
        expect([done.already, again.already]).toEqual([false, true]);
        expect(zstdDecompressSync(readFileSync(twice!)).equals(readFileSync(once!))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});
