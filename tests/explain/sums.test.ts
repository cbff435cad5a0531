import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { config } from '../../golem.config.ts';
import { decompose } from '../../harness/diff/decompose.ts';
import { type ByField, explainDay, explainRecord } from '../../harness/diff/explanation.ts';
import type { Replayed } from '../../harness/replayed.ts';
import { replaySetting } from '../../harness/run/setting.ts';
import { REPOSITORY } from '../temporary-project.ts';

const { migration } = config;
const RECORDINGS = globSync('fixtures/**/recording.ndjson', { cwd: REPOSITORY }).sort();

/** Every write of a suite, under the flags and the defect that the config gives it. */
async function replayed(recording: string): Promise<readonly Replayed[]> {
  const name = recording.replaceAll('\\', '/').slice('fixtures/'.length, -'/recording.ndjson'.length);
  const suite = config.suites.find((one) => one.name === name);
  const store = await migration.openStore({ kind: 'memory' }, 'replay');
  const run = await replaySetting({
    config,
    store,
    file: `${REPOSITORY}/${recording}`,
    setting: 'base',
    flags: config.settings.base,
    seed: config.seed,
    defect: suite?.defect ?? null,
    onBadLine: 'skip',
    keep: true,
    scraping: null,
  });
  await store.close();
  return run.replayed;
}

/** Sums in millionths, in which every part is whole. */
function sumOf(parts: readonly (ByField | null)[], field: string): number {
  return parts.reduce((sum, part) => sum + Math.round((part?.[field] ?? 0) * 1e6), 0) + 0;
}

const millionths = (value: number | null | undefined): number => Math.round((value ?? 0) * 1e6) + 0;

describe('explaining every write of every fixture', () => {
  it('finds fixtures', () => expect(RECORDINGS.length).toBeGreaterThan(20));

  it.each(RECORDINGS)('%s: parts sum to the difference of each record and each day', async (recording) => {
    const writes = await replayed(recording);
    let explained = 0;
    for (const write of writes) {
      const told = explainRecord(write, migration);
      const { record } = write.result;
      if (record === null) {
        expect(told.difference).toBeNull();
        continue;
      }
      explained += 1;
      for (const [index, { name }] of migration.fields.entries()) {
        const whole = record.values[index]!;
        expect(told.difference![name]).toBe(whole);
        if (whole !== null) {
          expect(
            sumOf(
              told.steps.map(({ adds }) => adds),
              name,
            ),
          ).toBe(millionths(whole));
        }
      }
      // The last stage is what the paths stored: nothing is left over for it to take in.
      const last = decompose(write.result, migration).steps.at(-1)!;
      const reached = (totals: readonly number[] | null | undefined, i: number) =>
        Math.round((totals?.[i] ?? 0) * 1e6);
      if (last.legacy && last.v2) {
        for (const [i] of migration.measures.entries()) {
          expect(reached(last.v2.totals, i)).toBe(reached(write.result.v2!.totals, i));
          expect(reached(last.legacy.totals, i)).toBe(reached(write.result.legacy!.totals, i));
        }
      }
      // What both paths began with is told whole, item by item: no part of it is put down to rounding.
      const [first] = told.steps;
      expect(first!.parts.filter(({ subject }) => subject === 'rounding')).toEqual([]);
      if (first!.parts.length > 0) {
        for (const { name } of migration.measures) {
          const sum = first!.parts.reduce((all, { adds }) => all + Math.round(adds[name]! * 1e6), 0);
          expect(sum + 0).toBe(millionths(first!.sums![name]));
        }
      }
    }
    const days = Map.groupBy(writes, ({ record, result }) => `${record.user} ${result.date}`);
    for (const ofDay of days.values()) {
      const day = explainDay(ofDay, migration);
      if (day === null) continue;
      for (const [index, { name }] of migration.fields.entries()) {
        const whole = ofDay.findLast(({ result }) => result.day !== null)!.result.day!.values[index]!;
        expect(millionths(day.difference[name])).toBe(millionths(whole));
        if (whole === null) continue;
        const sum = sumOf([...day.records.map(({ adds }) => adds), day.rounding], name);
        expect(sum).toBe(millionths(whole));
        // Its stated rounding is the most that a day's own sums may add.
        const decimals = migration.fields[index]!.dayDecimals ?? 6;
        expect(Math.abs(millionths(day.rounding[name]))).toBeLessThanOrEqual(0.5e6 / 10 ** decimals + 1);
      }
    }
    expect(explained).toBe(writes.filter(({ result }) => result.record !== null).length);
  });
});
