/** Both ways of reading users one after another, held against what stands in the files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { RecordedWrite } from './format.ts';
import { readGroupedUsers } from './grouped-users.ts';
import { partitionStretch } from './partition.ts';
import type { ReadingCounts, ReadingOptions, Stretch, UserReading } from './reading.ts';
import type { RecordingFile } from './recording-set.ts';
import { SAMPLE_HEADER, sampleRecord } from './sample.fixture.ts';
import { EVERYTHING, type Selection, takesEverything } from './selection.ts';
import { MemorySpill } from './spill.ts';
import { readSpilledUsers } from './spilled-users.ts';
import { samplePlace } from './user-key.ts';
import { parseClause } from './where.ts';

const folder = mkdtempSync(join(tmpdir(), 'golem-users-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Written {
  readonly name: string;
  readonly lines: readonly string[];
}

function fileOf({ name, lines }: Written, grouped: boolean): RecordingFile {
  const file = join(folder, name);
  const header = grouped ? { ...SAMPLE_HEADER, grouped_by: 'user' } : SAMPLE_HEADER;
  writeFileSync(file, [JSON.stringify(header), ...lines].join('\n'));
  return { name: file, label: name, shown: name, stamp: null, compression: 'none', grouped, dropped: {} };
}

const options = (selection: Partial<Selection>, more: Partial<ReadingOptions> = {}): ReadingOptions => ({
  selection: { ...EVERYTHING, seed: 's', ...selection },
  chosen: null,
  tzOffsetMinutes: 540,
  onBadLine: 'fail',
  stop: () => false,
  ...more,
});

async function drain({ batches }: UserReading): Promise<RecordedWrite[]> {
  const records: RecordedWrite[] = [];
  for await (const batch of batches) {
    expect(batch.atMs).toEqual(batch.records.map(({ at }) => Date.parse(at)));
    records.push(...batch.records);
  }
  return records;
}

interface Read {
  readonly records: readonly RecordedWrite[];
  readonly counts: readonly ReadingCounts[];
}

async function readGrouped(file: RecordingFile, reading: ReadingOptions): Promise<Read> {
  const users = readGroupedUsers({ file, range: null }, reading);
  const records = await drain(users);
  return { records, counts: [users.counts] };
}

async function readSpilled(
  files: readonly RecordingFile[],
  reading: ReadingOptions,
  { parts = 3, roundBytes = 1_500 } = {},
): Promise<Read> {
  const stretches: Stretch[] = files.map((file) => ({ file, range: null }));
  const spill = new MemorySpill(parts);
  const counts: ReadingCounts[] = [];
  for (const [stretch, one] of stretches.entries())
    counts.push(await partitionStretch(one, spill, { ...reading, parts, stretch, wanted: null }));
  const records: RecordedWrite[] = [];
  for (let part = 0; part < parts; part++) {
    const users = readSpilledUsers(spill, part, { ...reading, stretches, roundBytes });
    records.push(...(await drain(users)));
    counts.push({ ...users.counts, taken: 0 });
  }
  return { records, counts };
}

/** Each user's records as read; throws where a user's do not stand together. */
function byUser(records: readonly RecordedWrite[]): ReadonlyMap<string, readonly RecordedWrite[]> {
  const users = records.map(({ user }) => user).filter((user, at, all) => user !== all[at - 1]);
  expect(users).toEqual([...new Set(users)]);
  return Map.groupBy(records, ({ user }) => user);
}

const amount = (counts: readonly ReadingCounts[], what: (one: ReadingCounts) => number): number =>
  counts.reduce((sum, one) => sum + what(one), 0);

/** Users' records; names that are escaped in JSON, or not in the order golem writes them, are among them. */
const traffic = fc.array(
  fc.record({
    name: fc.oneof(fc.constantFrom('a', 'b', 'ü', 'q"t', 'back\\slash'), fc.string({ minLength: 1 })),
    count: fc.integer({ min: 1, max: 9 }),
    isOdd: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);
type Traffic = typeof traffic extends fc.Arbitrary<infer T> ? T : never;

interface Line {
  readonly record: RecordedWrite;
  readonly text: string;
}

function linesOf(users: Traffic): Line[] {
  const once = [...new Map(users.map((one) => [one.name, one])).values()];
  return once.flatMap(({ name, count, isOdd }) =>
    Array.from({ length: count }, (_, index) => {
      const record = sampleRecord(name, index, {
        // Days apart, so that dates select.
        at: new Date(Date.UTC(2025, 8, 1 + index, 7)).toISOString(),
      });
      const { user, ...rest } = record;
      return { record, text: JSON.stringify(isOdd ? { user, ...rest } : record) };
    }),
  );
}

/** Deals lines out: which file a line goes to, and whose turn it is, each user's own order kept. */
function deal(lines: readonly Line[], choices: readonly number[], files: number): Line[][] {
  const queues = [...Map.groupBy(lines, ({ record }) => record.user).values()].map((queue) => [...queue]);
  const dealt: Line[][] = Array.from({ length: files }, () => []);
  for (let turn = 0; queues.length > 0; turn++) {
    const choice = choices[turn % choices.length] ?? 0;
    const which = choice % queues.length;
    dealt[choice % files]!.push(queues[which]!.shift()!);
    if (queues[which]!.length === 0) queues.splice(which, 1);
  }
  return dealt;
}

const choices = fc.array(fc.nat({ max: 97 }), { minLength: 1, maxLength: 30 });

describe('users in turn', () => {
  it('come whole and in order of time, whether they stand together or mixed in several files', async () => {
    await fc.assert(
      fc.asyncProperty(traffic, choices, fc.integer({ min: 1, max: 3 }), async (users, picks, count) => {
        const lines = linesOf(users);
        const expected = Map.groupBy(
          lines.map(({ record }) => record),
          ({ user }) => user,
        );
        const together = fileOf({ name: 'together', lines: lines.map(({ text }) => text) }, true);
        expect(byUser((await readGrouped(together, options({}))).records)).toEqual(expected);
        const files = deal(lines, picks, count).map((own, at) =>
          fileOf({ name: `mixed-${at}`, lines: own.map(({ text }) => text) }, false),
        );
        const mixed = byUser((await readSpilled(files, options({}))).records);
        expect(new Map([...mixed].sort())).toEqual(new Map([...expected].sort()));
      }),
      { numRuns: 60 },
    );
  });

  it('are those and only those that the selection says, every other record counted once', async () => {
    const selection = fc.record({
      sample: fc.option(fc.integer({ min: 1, max: 9_999 })),
      users: fc.option(fc.constant<readonly string[]>(['a', 'b', 'q"t'])),
      since: fc.option(fc.constantFrom('2025-09-02', '2025-09-04')),
      until: fc.option(fc.constantFrom('2025-09-05', '2025-09-07')),
      where: fc.constantFrom(
        [],
        [parseClause('user!=a')!],
        [parseClause('path=/log')!],
        [parseClause('path=/none')!],
      ),
      shard: fc.option(fc.integer({ min: 0, max: 2 }).map((index) => ({ index, of: 3 }))),
    });
    await fc.assert(
      fc.asyncProperty(traffic, choices, selection, async (users, picks, chosen) => {
        const lines = linesOf(users);
        const reading = options(chosen);
        const file = fileOf({ name: 'one', lines: lines.map(({ text }) => text) }, true);
        const dealt = deal(lines, picks, 2).map((own, at) =>
          fileOf({ name: `two-${at}`, lines: own.map(({ text }) => text) }, false),
        );
        const [together, mixed] = [await readGrouped(file, reading), await readSpilled(dealt, reading)];
        const ids = (read: Read): string[] => read.records.map(({ user, id }) => `${user} ${id}`).sort();
        expect(ids(mixed)).toEqual(ids(together));
        const day = (at: string): string =>
          new Date(Date.parse(at) + 540 * 60_000).toISOString().slice(0, 10);
        const wanted = lines
          .map(({ record }) => record)
          .filter(
            ({ user, at }) =>
              (chosen.sample === null || samplePlace('s', user) < chosen.sample) &&
              (chosen.users?.includes(user) ?? true) &&
              (chosen.since === null || day(at) >= chosen.since) &&
              (chosen.until === null || day(at) <= chosen.until) &&
              chosen.where.every(({ field, operator }) =>
                field === 'user' ? operator === '!=' && user !== 'a' : chosen.where[0]!.value === '/log',
              ),
          )
          .map(({ user, id }) => `${user} ${id}`);
        if (chosen.shard === null) expect(ids(together)).toEqual(wanted.sort());
        else for (const id of ids(together)) expect(wanted).toContain(id);
        if (chosen.shard !== null || takesEverything(reading.selection)) return;
        for (const { counts, records } of [together, mixed]) {
          const left = amount(counts, ({ leftOut }) =>
            Object.values(leftOut).reduce((sum, one) => sum + one, 0),
          );
          expect(left + records.length).toBe(lines.length);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('are each in exactly one shard', async () => {
    await fc.assert(
      fc.asyncProperty(traffic, fc.integer({ min: 1, max: 5 }), async (users, of) => {
        const lines = linesOf(users);
        const file = fileOf({ name: 'sharded', lines: lines.map(({ text }) => text) }, true);
        const all: string[] = [];
        for (let index = 0; index < of; index++) {
          const { records } = await readGrouped(file, options({ shard: { index, of } }));
          all.push(...records.map(({ user, id }) => `${user} ${id}`));
        }
        expect(all.sort()).toEqual(lines.map(({ record: { user, id } }) => `${user} ${id}`).sort());
      }),
      { numRuns: 40 },
    );
  });

  it('are told where a line has two of them', async () => {
    const text = JSON.stringify(sampleRecord('a', 0)).replace(/}$/, ',"user":"b"}');
    const file = fileOf({ name: 'two', lines: [text] }, true);
    const message = 'two:2:1: Failed to read recording "two": "user" stands twice in the record.';
    const sampled = options({ sample: 9_999, seed: 'x' });
    await expect(readGrouped(file, sampled)).rejects.toThrow(message);
    await expect(readSpilled([file], options({}))).rejects.toThrow(message);
  });

  it('keep the order within a file, and name both lines of what is out of it', async () => {
    const late = sampleRecord('a', 5);
    const early = sampleRecord('a', 4, { id: 'other' });
    const texts = [late, early].map((record) => JSON.stringify(record));
    const one = fileOf({ name: 'backwards', lines: texts }, false);
    await expect(readSpilled([one], options({}))).rejects.toThrow(
      'backwards:3:1: Failed to read recording "backwards": records of a user are ordered by "at": line 2 has',
    );
    const [first, second] = [
      fileOf({ name: 'f-1', lines: [texts[0]!] }, false),
      fileOf({ name: 'f-2', lines: [texts[1]!] }, false),
    ];
    const { records } = await readSpilled([first, second], options({}));
    expect(records.map(({ id }) => id)).toEqual(['other', 'r5']);
  });

  it('pass bad lines over once where told so, of users and of nobody, whoever’s shard it is', async () => {
    const good = ['a', 'b', 'c', 'd'].map((user) => JSON.stringify(sampleRecord(user, 0)));
    const bad = JSON.stringify({ ...sampleRecord('a', 1), rollout_bucket: 'x' });
    const lines = ['nobody’s', good[0]!, bad, ...good.slice(1), '{"id":"r'];
    for (const grouped of [true, false]) {
      const file = fileOf({ name: 'bad', lines }, grouped);
      let [badLines, taken] = [0, 0];
      for (let index = 0; index < 3; index++) {
        const reading = options({ shard: { index, of: 3 } }, { onBadLine: 'skip' });
        const { counts, records } = grouped
          ? await readGrouped(file, reading)
          : await readSpilled([file], reading);
        badLines += amount(counts, (one) => one.badLines);
        taken += records.length;
      }
      expect([badLines, taken]).toEqual([3, 4]);
    }
  });

  it('end between two users when told to', async () => {
    const lines = ['a', 'b', 'c'].flatMap((user) =>
      [0, 1].map((index) => JSON.stringify(sampleRecord(user, index))),
    );
    let asked = 0;
    const stop = (): boolean => {
      asked += 1;
      return asked > 2;
    };
    const file = fileOf({ name: 'ending', lines }, true);
    const { records, counts } = await readGrouped(file, options({}, { stop }));
    expect(records.map(({ user }) => user)).toEqual(['a', 'a', 'b', 'b']);
    expect(counts[0]!.stopped).toBe(true);
  });
});
