/**
 * What anonymising and checking cost a record, in a process of its own: the first argument is a recording, the second
 * the number of runs; the last line is the figures as JSON. Each run has a redactor and a checker that know nothing
 * yet, and every message is made unlike all others, since real people repeat themselves less than generated ones.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { privacyRules } from '../../harness/meal-log/privacy.ts';
import type { RecordedWrite } from '../../harness/recording/format.ts';
import { createChecker } from '../../harness/recording/privacy/check.ts';
import { createRedactor, searchOf } from '../../harness/recording/privacy/redactor.ts';
import { median } from './median.ts';

/** Microseconds a record, medians of all runs. */
export interface PrivacyCost {
  readonly records: number;
  /** JSON.parse and JSON.stringify of the line: what any rewriting of a recording costs. */
  readonly floorUs: number;
  readonly redactUs: number;
  readonly checkUs: number;
  /** The same with a phone number and a mail address in every message. */
  readonly redactGuiltyUs: number;
}

const [file = '', runs = '5'] = process.argv.slice(2);
const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(1);
const written = lines.map((line) => JSON.parse(line) as RecordedWrite);

function withMessages(message: (own: unknown, index: number) => unknown): RecordedWrite[] {
  return written.map((record, index) => {
    const body = record.request.body as { readonly message?: unknown } | null;
    if (body === null) return record;
    return {
      ...record,
      request: { ...record.request, body: { ...body, message: message(body.message, index) } },
    };
  });
}

const records = withMessages((own, index) => `${own} その${index}`);
const guilty = withMessages(
  (own, index) => `${own} 090-1234-${String(index).padStart(4, '0')} taro.${index}@example.com`,
);
const key = 'a key for measuring, 32 bytes long';

/** Microseconds a record of `work` over all records, made afresh for each run. */
function measure(all: readonly RecordedWrite[], prepare: () => (record: RecordedWrite) => unknown): number {
  const times = Array.from({ length: Number(runs) }, () => {
    const work = prepare();
    const startedMs = performance.now();
    for (const record of all) work(record);
    return ((performance.now() - startedMs) * 1000) / all.length;
  });
  return median(times);
}

const redact = () => {
  const redactor = createRedactor({ key, rules: privacyRules });
  return (record: RecordedWrite) => redactor.redactRecord(record, false);
};
const cost: PrivacyCost = {
  records: records.length,
  floorUs: measure(records, () => (record) => JSON.stringify(JSON.parse(JSON.stringify(record)))),
  redactUs: measure(records, redact),
  checkUs: measure(records, () => {
    const checker = createChecker(searchOf({ rules: privacyRules }));
    return (record) => checker.record(record, 1);
  }),
  redactGuiltyUs: measure(guilty, redact),
};
console.log(JSON.stringify(cost));
