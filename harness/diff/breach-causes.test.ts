import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Replayed } from '../replayed.ts';
import { BreachCauses, type Breach } from './breach-causes.ts';
import { COMPARISON, entry, part, sampleWrite, withDays } from './sample-write.fixture.ts';

/** A write whose source differs by `off` of an entry, and whose stage `bend` adds `bent`. */
function write(
  user: string,
  id: string,
  choice: { off?: number; of?: string; bent?: number; code?: string },
): Replayed {
  const { off = 0, of = 'a', bent = 0, code = 'bent' } = choice;
  const bend = bent === 0 ? entry('bend', [100 + off, 10]) : entry('bend', [100 + off + bent, 10], code);
  return sampleWrite({
    user,
    id,
    legacy: [entry('given', [100, 10])],
    v2: [entry('read', [100 + off, 10]), bend],
    parts: [part(of, [100, 10], [100 + off, 10])],
  });
}

function counted(
  writes: readonly Replayed[],
  expected?: (breach: Breach) => readonly string[],
): BreachCauses {
  const causes = new BreachCauses(COMPARISON, expected);
  for (const one of writes) causes.onReplayed('s', one);
  return causes;
}

describe('causes of breaches', () => {
  it('are the stage that adds most in the direction of the breach, by its code', () => {
    const causes = counted([write('u', '1', { off: 3, bent: 20 }), write('u', '2', { bent: 40 })]).causes();
    expect(
      causes.map(({ signature, records }) => [signature.stage, signature.code, signature.direction, records]),
    ).toEqual([['bend', 'bent', '+', 2]]);
    expect(causes[0]!.subjects).toEqual(['s/u/1', 's/u/2']);
    expect(causes[0]!.fields).toEqual(['da']);
  });

  it('are an entry’s where the source leads, with how far apart it is', () => {
    const causes = counted([
      write('u', '1', { off: 70, of: 'go' }),
      write('v', '1', { off: 15, of: 'rice' }),
    ]).causes();
    expect(causes.map(({ signature }) => [signature.entry, signature.size]).sort()).toEqual([
      ['go', 'gross'],
      ['rice', 'slight'],
    ]);
  });

  it('go by the code that the migration lists first where a stage did several things', () => {
    const both = sampleWrite({
      legacy: [entry('given', [100, 10])],
      v2: [entry('read', [100, 10]), entry('bend', [150, 10], 'noted', 'bent')],
    });
    expect(counted([both]).causes()[0]!.signature.code).toBe('bent');
  });

  it('leave a write within its limits out', () => {
    expect(counted([write('u', '1', { off: 10 })]).causes()).toEqual([]);
  });

  it('put a running day down to the record that contributes most to it', () => {
    const days = withDays([
      write('u', '1', { off: 6, of: 'a' }),
      write('u', '2', { bent: 9 }),
      write('v', '1', { bent: 2 }),
    ]);
    const causes = counted(days).causes();
    expect(
      causes.map(({ signature, records, days: inBreach }) => [signature.code, records, inBreach]),
    ).toEqual([['bent', 0, 1]]);
    expect(causes[0]!.subjects).toEqual(['s/u/2025-09-01']);
  });

  it('forget a user’s days when told that it has ended', () => {
    const [first, second] = withDays([write('u', '1', { bent: 9 }), write('u', '2', { off: 6 })]);
    const causes = new BreachCauses(COMPARISON);
    causes.onReplayed('s', first!);
    causes.onUserEnd('u');
    causes.onReplayed('s', second!);
    expect(causes.causes().map(({ signature }) => signature.entry)).toEqual(['a']);
  });

  it('show entries that are rare among many alike, or off both ways, as one', () => {
    const up = Array.from({ length: 8 }, (_, index) => write(`u${index}`, '1', { off: 15, of: `e${index}` }));
    expect(
      counted(up)
        .causes()
        .map(({ signature, count }) => [signature.entry, count]),
    ).toEqual([[null, 8]]);

    const systematic = Array.from({ length: 9 }, (_, index) =>
      write(`v${index}`, '1', { off: 15, of: 'egg' }),
    );
    expect(
      counted([...up, ...systematic])
        .causes()
        .map(({ signature, count }) => [signature.entry, count]),
    ).toEqual([
      ['egg', 9],
      [null, 8],
    ]);

    const noise = [15, 15, -15].map((off, index) => write(`w${index}`, '1', { off, of: 'rice' }));
    expect(
      counted(noise)
        .causes()
        .map(({ signature }) => signature.entry),
    ).toEqual([null, null]);
  });
});

describe('figures that are a power of ten apart', () => {
  const slipped = (user: string, of: string): Replayed =>
    sampleWrite({
      user,
      id: '1',
      legacy: [entry('given', [1000, 400])],
      v2: [entry('read', [100, 40])],
      parts: [part(of, [1000, 400], [100, 40])],
    });

  it('are one cause however common one of their entries is, and the entry’s where it is nearly always the one', () => {
    const many = Array.from({ length: 6 }, (_, index) => slipped(`u${index}`, `e${index}`));
    const common = Array.from({ length: 6 }, (_, index) => slipped(`v${index}`, 'rice'));
    const shown = (writes: readonly Replayed[]) =>
      counted(writes)
        .causes()
        .map(({ signature, label, count }) => [signature.entry, signature.factor, label, count]);
    expect(shown([...many, ...common])).toEqual([[null, 0.1, "stage read: V2 a tenth of legacy's", 12]]);
    expect(shown([many[0]!, ...common])).toEqual([
      ['rice', 0.1, "rice: V2 a tenth of legacy's", 6],
      [null, 0.1, "stage read: V2 a tenth of legacy's", 1],
    ]);
  });

  it('say how many users they strike, each once, and nothing where that is not known', () => {
    const users = (writes: readonly Replayed[]) =>
      counted(writes)
        .causes()
        .map(({ signature, users: struck }) => [signature.entry, struck]);
    const both = [slipped('u1', 'a'), slipped('u1', 'b'), slipped('u2', 'b'), slipped('u2', 'b')];
    expect(users(both)).toEqual([[null, 2]]);
    const own = Array.from({ length: 9 }, (_, index) => slipped(`v${index % 3}`, 'rice'));
    expect(users([...own, slipped('v1', 'a')])).toEqual([
      ['rice', 3],
      [null, 1],
    ]);
    expect(users([...own, slipped('v1', 'a'), slipped('v1', 'b')])).toEqual([
      ['rice', 3],
      [null, null],
    ]);
  });

  it('are told from those that are merely far apart', () => {
    const far = sampleWrite({
      user: 'w',
      id: '1',
      legacy: [entry('given', [1000, 400])],
      v2: [entry('read', [250, 100])],
      parts: [part('rice', [1000, 400], [250, 100])],
    });
    expect(
      counted([far, slipped('u', 'rice')])
        .causes()
        .map(({ signature }) => [signature.factor, signature.size]),
    ).toEqual(
      expect.arrayContaining([
        [null, 'gross'],
        [0.1, null],
      ]),
    );
  });
});

describe('expected breaches', () => {
  it('are asked for one by one, with all that a ledger can go by', () => {
    const asked: Breach[] = [];
    counted([write('u', '1', { bent: 20 })], (breach) => {
      asked.push(breach);
      return [];
    });
    expect(asked).toEqual([
      {
        suite: 's',
        level: 'record',
        user: 'u',
        date: '2025-09-01',
        record: '1',
        field: 'da',
        value: 20,
        stage: 'bend',
        code: 'bent',
        causes: [expect.stringMatching(/^c-/)],
      },
    ]);
  });

  it('are counted by field and by entry, and a record is expected when all its breaches are', () => {
    const both = sampleWrite({
      legacy: [entry('given', [100, 10])],
      v2: [entry('read', [100, 10]), entry('bend', [150, 30], 'bent')],
    });
    const some = counted([both], ({ field }) => (field === 'da' ? ['x'] : []));
    expect(some.counts().expected.record).toEqual([1, 0, 0]);
    expect(some.causes()[0]!.expected).toBe(0);
    const all = counted([both], () => ['x', 'y']);
    expect(all.counts().expected.record).toEqual([1, 1, 1]);
    expect(all.counts().entries).toEqual({ x: 3, y: 3 });
    expect(all.causes()[0]!.expected).toBe(1);
  });

  it('name the wider cause as well, so that an entry of the ledger holds however few there are', () => {
    const causes = new Set<string>();
    const found = counted(
      Array.from({ length: 8 }, (_, index) => write(`u${index}`, '1', { off: 15, of: `e${index}` })),
      (breach) => {
        for (const id of breach.causes) causes.add(id);
        return [];
      },
    );
    for (const { id } of found.causes()) expect(causes).toContain(id);
  });
});

describe('counts of breaches, laws', () => {
  const drawn = fc.array(
    fc.record({
      user: fc.constantFrom('u1', 'u2', 'u3', 'u4'),
      off: fc.constantFrom(-70, -15, 0, 5, 15, 70),
      of: fc.constantFrom('a', 'b', 'c'),
      bent: fc.constantFrom(-30, 0, 0, 8, 30),
    }),
    { maxLength: 24 },
  );
  type Drawn = { user: string; off: number; of: string; bent: number };
  const made = (list: readonly Drawn[]): Replayed[] =>
    withDays(list.map(({ user, ...choice }, index) => write(user, `r${index}`, choice)));
  const expected = ({ field, record }: Breach): string[] => (field === 'da' && record > 'r5' ? ['x'] : []);

  it('merge, over any cut of the users and in any order, into exactly the whole, also as JSON', () => {
    fc.assert(
      fc.property(drawn, fc.subarray(['u1', 'u2', 'u3', 'u4']), (list, half) => {
        const writes = made(list);
        const whole = counted(writes, expected);
        const sides = [true, false].map((side) =>
          counted(
            writes.filter(({ record }) => half.includes(record.user) === side),
            expected,
          ),
        );
        for (const [a, b] of [sides, [...sides].reverse()]) {
          const merged = new BreachCauses(COMPARISON);
          merged.merge(JSON.parse(JSON.stringify(a!.counts())));
          merged.merge(b!.counts());
          expect(merged.counts()).toEqual(whole.counts());
          expect(merged.causes()).toEqual(whole.causes());
        }
      }),
      { numRuns: 200 },
    );
  });

  it('count every breach once: by cause, and with what is expected by field', () => {
    fc.assert(
      fc.property(drawn, (list) => {
        const writes = made(list);
        const causes = counted(writes).causes();
        const inBreach = (level: 'record' | 'day') =>
          writes.filter(({ result }) => (result[level]?.breached ?? 0) !== 0).length;
        expect(causes.reduce((sum, { records }) => sum + records, 0)).toBe(inBreach('record'));
        expect(causes.reduce((sum, { days }) => sum + days, 0)).toBe(inBreach('day'));
        for (const { count, records, days, suites } of causes) {
          expect(count).toBe(records + days);
          expect(Object.values(suites).reduce((sum, one) => sum + one.records + one.days, 0)).toBe(count);
        }
      }),
      { numRuns: 200 },
    );
  });
});
