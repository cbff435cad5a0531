/**
 * Nobody's order matters but a user's own: recordings whose unrelated users are shuffled give the same report bytes,
 * and the tallies of a recording cut in pieces by user merge into exactly the tally of the whole.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mealLog } from '../../harness/meal-log/index.ts';
import type { RecordedWrite } from '../../harness/recording/format.ts';
import { Tally } from '../../harness/tally/tally.ts';
import { type Project, temporaryProject } from '../temporary-project.ts';
import { type Lines, readFixture, readTally, replayLines } from './replay-fixture.ts';

/** Interleaves the users' records anew; `choices` picks whose record comes next, each user's own order stays. */
function interleave(records: readonly RecordedWrite[], choices: readonly number[]): RecordedWrite[] {
  const queues = [...Map.groupBy(records, ({ user }) => user).values()].map((queue) => [...queue]);
  const mixed: RecordedWrite[] = [];
  for (let turn = 0; queues.length > 0; turn++) {
    const which = (choices[turn % choices.length] ?? 0) % queues.length;
    mixed.push(queues[which]!.shift()!);
    if (queues[which]!.length === 0) queues.splice(which, 1);
  }
  return mixed;
}

const choices = fc.array(fc.nat({ max: 11 }), { minLength: 1, maxLength: 40, size: 'max' });

describe('the order of unrelated users', () => {
  it.each(['edges', 'retries', 'noisy'])('changes nothing of the tally of %s', async (suite) => {
    const lines = readFixture(suite);
    const expected = readTally((await replayLines(lines)).tally);
    await fc.assert(
      fc.asyncProperty(choices, async (picks) => {
        const shuffled: Lines = { header: lines.header, records: interleave(lines.records, picks) };
        expect(readTally((await replayLines(shuffled)).tally)).toEqual(expected);
      }),
      { numRuns: 6 },
    );
  });

  it('would be noticed if it did: a user’s own order does change the tally', async () => {
    const lines = readFixture('noisy');
    const backwards = { ...lines, records: lines.records.toReversed() };
    const [there, back] = await Promise.all([replayLines(lines), replayLines(backwards)]);
    expect(readTally(back.tally)).not.toEqual(readTally(there.tally));
  });

  describe('changes no byte of the report', () => {
    let project: Project;
    beforeAll(() => {
      project = temporaryProject({ suites: ['edges'] });
    });
    afterAll(() => project.dispose());

    it('of golem replay, nor do users that stand together and say so', async () => {
      const lines = readFixture('edges');
      const report = async (header: object, records: readonly RecordedWrite[]): Promise<string> => {
        const text = [header, ...records].map((line) => JSON.stringify(line)).join('\n');
        project.write('sample.ndjson', `${text}\n`);
        const { out, err } = await project.golem(['replay', 'sample.ndjson', '--json', '-']);
        expect(out, err).not.toBe('');
        return out;
      };
      const asRecorded = await report(lines.header, lines.records);
      expect(await report(lines.header, interleave(lines.records, [5, 0, 3, 1, 9, 2]))).toBe(asRecorded);
      const grouped = { ...lines.header, grouped_by: 'user' };
      expect(await report(grouped, interleave(lines.records, [0]))).toBe(asRecorded);
      expect(JSON.parse(asRecorded).counts.records).toBe(lines.records.length);
    });

    it('of golem gate', async () => {
      const before = await project.golem(['gate', '--json', '-']);
      const { header, records } = readFixture('edges');
      const text = [header, ...interleave(records, [7, 2, 0])].map((line) => JSON.stringify(line)).join('\n');
      project.write('fixtures/edges/recording.ndjson', `${text}\n`);
      const after = await project.golem(['gate', '--json', '-']);
      expect([before.exit, after.exit]).toEqual([0, 0]);
      expect(after.out).toBe(before.out);
    });
  });
});

describe('the tallies of a recording cut by user', () => {
  it.each(['edges', 'retries', 'noisy', 'provider-faults'])(
    'merge in any order and grouping into exactly that of the whole of %s',
    async (suite) => {
      const lines = readFixture(suite);
      const users = [...new Set(lines.records.map(({ user }) => user))];
      const expected = readTally((await replayLines(lines)).tally);
      const own = await Promise.all(
        users.map((user) =>
          replayLines({ header: lines.header, records: lines.records.filter((one) => one.user === user) }),
        ),
      );
      const empty = (): Tally => new Tally(mealLog);
      const sumOf = (parts: readonly Tally[]): Tally =>
        parts.reduce((sum, part) => {
          sum.merge(part);
          return sum;
        }, empty());
      fc.assert(
        fc.property(
          fc.shuffledSubarray(
            own.map((_, index) => index),
            { minLength: own.length },
          ),
          fc.nat({ max: own.length }),
          (order, cut) => {
            const parts = order.map((index) => own[index]!.tally);
            const halves = [sumOf(parts.slice(0, cut)), empty(), sumOf(parts.slice(cut))];
            expect(readTally(sumOf(halves))).toEqual(expected);
          },
        ),
        { numRuns: 20 },
      );
    },
  );
});

/** Alerts name the recordings they were seen in; all else must be the same. */
function withoutNames(alerts: readonly Record<string, unknown>[]): unknown {
  return alerts.map(({ suite: _, ...alert }) => alert);
}

describe('a recording cut in two files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'golem-halves-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('replays to the same differences, paths and counts as the whole', async () => {
    const project = temporaryProject({ suites: ['noisy'] });
    try {
      const { header, records } = readFixture('noisy');
      const write = (name: string, of: readonly RecordedWrite[]): string => {
        const file = join(folder, name);
        writeFileSync(file, `${[header, ...of].map((line) => JSON.stringify(line)).join('\n')}\n`);
        return file;
      };
      const isFirst = ({ user }: RecordedWrite): boolean => ['u-ben', 'u-emma', 'u-haruto'].includes(user);
      const halves = [
        write('a.ndjson', records.filter(isFirst)),
        write(
          'b.ndjson',
          records.filter((record) => !isFirst(record)),
        ),
      ];
      const whole = JSON.parse(
        (await project.golem(['replay', write('w.ndjson', records), '--json', '-'])).out,
      );
      for (const files of [halves, halves.toReversed()]) {
        const cut = JSON.parse((await project.golem(['replay', ...files, '--json', '-'])).out);
        expect(cut.differences).toEqual(whole.differences);
        expect(cut.paths).toEqual(whole.paths);
        expect(withoutNames(cut.alerts)).toEqual(withoutNames(whole.alerts));
        expect({ ...cut.counts, suites: 1 }).toEqual(whole.counts);
        expect(cut.summary).toBe(whole.summary);
      }
    } finally {
      project.dispose();
    }
  });
});
