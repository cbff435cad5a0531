import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reducer, ReducibleWrite, WriteRequest } from '../../migration.ts';
import type { RecordedWrite } from '../format.ts';
import { recordSchema } from '../schema.ts';
import { renderRecord } from '../write.ts';
import { Budget } from './budget.ts';
import { reduceRecords } from './reduce.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

interface Body {
  readonly parts: readonly number[];
  readonly text: string;
}

const bodyOf = ({ request }: { readonly request: WriteRequest }) => request.body as Body;

function withBody(write: ReducibleWrite, body: Body): ReducibleWrite {
  return { ...write, request: { ...write.request, body } };
}

/** A migration whose writes are numbers and a text. */
const reducer: Reducer = {
  parts: (write) => bodyOf(write).parts.length,
  keep: (write, kept) =>
    withBody(write, {
      ...bodyOf(write),
      parts: bodyOf(write).parts.filter((_, index) => kept.includes(index)),
    }),
  simplifications: (write) => [
    [
      (one) => withBody(one, { ...bodyOf(one), text: '' }),
      ...bodyOf(write).parts.map(
        (_, index) => (one: ReducibleWrite) =>
          withBody(one, { ...bodyOf(one), parts: bodyOf(one).parts.with(index, 0) }),
      ),
    ],
    bodyOf(write).parts.map(
      (_, index) => (one: ReducibleWrite) =>
        withBody(one, {
          ...bodyOf(one),
          parts: bodyOf(one).parts.map((part, at) => (at === index ? Math.round(part) : part)),
        }),
    ),
    // Nothing that makes a record longer may be taken.
    [(one) => withBody(one, { ...bodyOf(one), text: `${bodyOf(one).text}longer` })],
  ],
  question: ({ body }) => ({ method: 'POST', url: 'http://upstream/', body: JSON.stringify(body) }),
  requestKey: (user, { body }) => `${user} ${JSON.stringify(body)}`,
};

interface Sample {
  readonly user: string;
  readonly day: number;
  readonly parts: readonly number[];
  readonly text: string;
}

function recordOf({ user, day, parts, text }: Sample, index: number): RecordedWrite {
  const request = { method: 'POST', path: '/', headers: {}, body: { parts, text }, files: [] };
  return {
    id: `r${index}`,
    at: new Date(Date.UTC(2025, 0, day, 0, 0, index)).toISOString(),
    user,
    request_key: sha256(reducer.requestKey(user, request)),
    rollout_bucket: 0,
    request,
    upstream: [
      {
        request: {
          method: 'POST',
          url: 'http://upstream/',
          body_sha256: sha256(JSON.stringify(request.body)),
        },
        response: { status: 200, body: 'answer' },
        latency_ms: 3,
      },
    ],
    response: { status: 200, body: { id: `made ${index}` } },
  };
}

function reduced(
  records: readonly RecordedWrite[],
  shows: (records: readonly RecordedWrite[]) => boolean,
  given: { most?: number; inside?: boolean; verbatim?: boolean; onRun?: () => void } = {},
) {
  const { most = 10_000, inside = true, verbatim = true, onRun = () => {} } = given;
  const budget = new Budget(async (candidate) => shows(candidate), { most, cost: 1, spent: 0, onRun });
  const dayOf = ({ at }: RecordedWrite) => at.slice(0, 10);
  return reduceRecords(records, { budget, reducer, verbatim, inside, dayOf }).then((kept) => ({
    kept,
    budget,
  }));
}

const bytes = (records: readonly RecordedWrite[]) => records.map(renderRecord).join('\n').length;

const sample = fc.record({
  user: fc.constantFrom('a', 'b', 'c'),
  day: fc.integer({ min: 1, max: 3 }),
  parts: fc.array(fc.constantFrom(0, 1, 7.25, 13.5, 100.125), { maxLength: 4 }),
  text: fc.string({ maxLength: 5 }),
});

describe('reducing', () => {
  it('ends at one record with one number where that is all there is to it', async () => {
    const records = Array.from({ length: 60 }, (_, index) =>
      recordOf(
        {
          user: `u${index % 7}`,
          day: 1 + (index % 5),
          parts: index === 41 ? [1, 13.5, 2] : [1, 2],
          text: 'words',
        },
        index,
      ),
    );
    const shows = (all: readonly RecordedWrite[]) =>
      all.some((one) => bodyOf(one).parts.some((part) => part >= 13));
    const { kept, budget } = await reduced(records, shows);
    expect(kept.map(bodyOf)).toEqual([{ parts: [14], text: '' }]);
    expect(kept[0]?.response).toBeNull();
    expect(budget.runs).toBeLessThan(40);
  });

  it('derives keys and digests anew where they are checked, and leaves pseudonyms alone', async () => {
    const [record] = [recordOf({ user: 'a', day: 1, parts: [1, 13.5], text: 'words' }, 0)];
    const shows = (all: readonly RecordedWrite[]) => all.some((one) => bodyOf(one).parts.includes(13.5));
    const [verbatim] = (await reduced([record], shows)).kept;
    const body = { parts: [13.5], text: '' };
    expect(verbatim?.request_key).toBe(sha256(`a ${JSON.stringify(body)}`));
    expect(verbatim?.upstream[0]?.request.body_sha256).toBe(sha256(JSON.stringify(body)));
    const [anonymised] = (await reduced([record], shows, { verbatim: false })).kept;
    expect(anonymised?.request.body).toEqual(body);
    expect(anonymised?.request_key).toBe(record.request_key);
    expect(anonymised?.upstream[0]?.request).toEqual(record.upstream[0]?.request);
  });

  it('leaves records as they are where only the very same ones can show it', async () => {
    const records = [0, 1, 2].map((index) =>
      recordOf({ user: 'a', day: index + 1, parts: [index], text: 'x' }, index),
    );
    const shows = (all: readonly RecordedWrite[]) => all.some((one) => one === records[1]);
    expect((await reduced(records, shows, { inside: false })).kept).toEqual([records[1]]);
  });

  it('keeps what it looks for, never grows, asks nothing twice, and finds nothing more the second time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(sample, { minLength: 1, maxLength: 12 }),
        fc.uniqueArray(fc.constantFrom(0, 1, 7.25, 13.5, 100.125), { minLength: 1, maxLength: 2 }),
        fc.integer({ min: 1, max: 3 }),
        async (samples, wanted, least) => {
          const records = samples.map(recordOf);
          // Some parts must be there in all, and some users too: a signature that hangs on several records.
          const shows = (all: readonly RecordedWrite[]) =>
            wanted.every((part) => all.some((one) => bodyOf(one).parts.includes(part))) &&
            new Set(all.map(({ user }) => user)).size >= least;
          fc.pre(shows(records));
          const seen = new Set<string>();
          const asking = (all: readonly RecordedWrite[]) => {
            const key = all.map(renderRecord).join('\n');
            expect(seen.has(key)).toBe(false);
            seen.add(key);
            return shows(all);
          };
          const { kept } = await reduced(records, asking);
          expect(shows(kept)).toBe(true);
          expect(kept.length).toBeLessThanOrEqual(records.length);
          expect(bytes(kept)).toBeLessThanOrEqual(bytes(records));
          expect(kept.every((record) => recordSchema.validate(record))).toBe(true);
          const order = kept.map(({ id }) => records.findIndex((record) => record.id === id));
          expect([...order].sort((a, b) => a - b)).toEqual(order);
          const again = await reduced(kept, shows);
          expect(again.kept.map(renderRecord)).toEqual(kept.map(renderRecord));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes nothing that is longer, even where parts were left out for it', async () => {
    const record = recordOf({ user: 'a', day: 1, parts: [1, 2], text: '' }, 0);
    const padding: Reducer = {
      ...reducer,
      keep: (write, kept) =>
        withBody(reducer.keep(write, kept), { parts: [], text: 'longer than all parts together' }),
      simplifications: () => [],
    };
    const budget = new Budget(async () => true, { most: 100, cost: 1, spent: 0, onRun: () => {} });
    const dayOf = () => '';
    const by = { budget, reducer: padding, verbatim: true, inside: true, dayOf };
    expect(await reduceRecords([record], by)).toEqual([{ ...record, response: null }]);
  });

  it('stops at its bound with something that still shows it', async () => {
    const records = Array.from({ length: 40 }, (_, index) =>
      recordOf({ user: `u${index}`, day: 1, parts: [index], text: 'words' }, index),
    );
    const shows = (all: readonly RecordedWrite[]) =>
      [3, 17, 33].every((part) => all.some((one) => bodyOf(one).parts.includes(part)));
    for (const most of [0, 1, 5, 12]) {
      let runs = 0;
      const onRun = () => {
        runs += 1;
      };
      const { kept, budget } = await reduced(records, shows, { most, onRun });
      expect([runs, budget.runs, budget.exhausted]).toEqual([most, most, true]);
      expect(shows(kept)).toBe(true);
    }
    expect((await reduced(records, shows)).kept).toHaveLength(3);
  });
});
