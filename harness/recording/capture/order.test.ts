/** The order of a capture: a user's writes as they arrived, twins as the service took them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arrivals } from './arrivals.ts';
import { CAPTURE_BOUNDS } from './bounds.ts';
import { ByteBudget } from './collected.ts';
import { Intake } from './intake.ts';
import type { RawWrite } from './raw-write.ts';
import { orderTwins, type TimedWrite } from './twins.ts';

/** A little world of requests that arrive and end; ticks count everything that happens. */
function world(holdMs = 1_000) {
  const arrivals = new Arrivals();
  let ticks = 0;
  let nowMs = 0;
  const overdue: string[] = [];
  const names = new Map<Intake, string>();
  function arrive(id: string, user: string | null): Intake {
    const intake = new Intake(
      { atMs: nowMs, user },
      { method: 'POST', path: '/', headers: {}, user: () => user },
      new ByteBudget(1e6),
      CAPTURE_BOUNDS,
      {
        tick: () => {
          ticks += 1;
          return ticks;
        },
        onSettled: () => undefined,
        onLateCall: () => undefined,
      },
    );
    names.set(intake, id);
    arrivals.arrive(intake);
    return intake;
  }
  return {
    arrivals,
    overdue,
    arrive,
    /** The request ends, as that user's. */
    end(intake: Intake, user: string): void {
      intake.user = user;
      intake.end(null);
      arrivals.leave(intake);
      if (intake.lost === null) arrivals.wait(user, intake, nowMs);
    },
    pass: (ms: number): void => {
      nowMs += ms;
    },
    /** Everything that may go now, group by group. */
    released(): string[][] {
      const groups: string[][] = [];
      for (;;) {
        const group = arrivals.next(nowMs, holdMs, (intake) => {
          intake.lose('unfinished');
          overdue.push(names.get(intake) ?? '');
        });
        if (group === null) return groups;
        groups.push(group.map((intake) => names.get(intake) ?? ''));
      }
    },
  };
}

describe('arrivals', () => {
  it('release a write at once when nothing of its user is under way', () => {
    const { arrive, end, released } = world();
    arrive('other', 'u2');
    end(arrive('a', 'u1'), 'u1');
    expect(released()).toEqual([['a']]);
  });

  it('hold a write until what came before it is over, and give both in the order of arrival', () => {
    const { arrive, end, released } = world();
    const first = arrive('a', 'u1');
    const second = arrive('b', 'u1');
    end(second, 'u1');
    expect(released()).toEqual([]);
    end(first, 'u1');
    expect(released()).toEqual([['a', 'b']]);
  });

  it('hold a write also for a request whose user is not known yet', () => {
    const { arrive, end, released } = world();
    const unknown = arrive('a', null);
    end(arrive('b', 'u1'), 'u1');
    expect(released()).toEqual([]);
    end(unknown, 'u2');
    expect(released().flat().sort()).toEqual(['a', 'b']);
  });

  it('do not wait for what came after', () => {
    const { arrive, end, released } = world();
    const first = arrive('a', 'u1');
    end(first, 'u1');
    arrive('b', 'u1');
    expect(released()).toEqual([['a']]);
  });

  it('wait for nobody longer than the bound, and then never take the late one', () => {
    const { arrive, end, pass, released, overdue, arrivals } = world(1_000);
    const late = arrive('late', 'u1');
    end(arrive('b', 'u1'), 'u1');
    pass(999);
    expect(released()).toEqual([]);
    pass(1);
    expect(released()).toEqual([['b']]);
    expect(overdue).toEqual(['late']);
    end(late, 'u1');
    expect(released()).toEqual([]);
    expect([arrivals.open, arrivals.waiting]).toEqual([0, 0]);
  });

  it('lose nobody, and keep each user in the order of arrival, however requests overlap', () => {
    const step = fc.record({
      kind: fc.constantFrom('arrive', 'end', 'release'),
      user: fc.constantFrom('u1', 'u2', 'u3'),
      known: fc.boolean(),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { arrive, end, released, arrivals } = world(Number.POSITIVE_INFINITY);
        const open: { readonly intake: Intake; readonly user: string }[] = [];
        const out: string[] = [];
        const endOne = (pick: number): void => {
          const [one] = open.splice(pick % open.length, 1);
          if (one) end(one.intake, one.user);
        };
        let count = 0;
        for (const { kind, user, known, pick } of steps) {
          if (kind === 'arrive') {
            count += 1;
            const id = `${user} ${String(count).padStart(3, '0')}`;
            open.push({ intake: arrive(id, known ? user : null), user });
          } else if (kind === 'end' && open.length > 0) endOne(pick);
          else out.push(...released().flat());
        }
        while (open.length > 0) endOne(0);
        out.push(...released().flat());
        expect(out).toHaveLength(count);
        for (const user of ['u1', 'u2', 'u3']) {
          const ofUser = out.filter((id) => id.startsWith(user));
          expect(ofUser).toEqual([...ofUser].sort());
        }
        expect([arrivals.open, arrivals.waiting]).toEqual([0, 0]);
      }),
    );
  });
});

function write(
  id: string,
  requestKey: string,
  [arrivedTick, settledTick]: readonly [number, number],
  calledTick: number | null = null,
): TimedWrite {
  return {
    raw: { id, requestKey, atMs: arrivedTick } as RawWrite,
    arrivedTick,
    settledTick,
    calledTick,
  };
}

const shown = (writes: readonly TimedWrite[]) => writes.map(({ raw }) => `${raw.id}@${raw.atMs}`);

describe('twins', () => {
  it('stand in the order in which the service asked for them', () => {
    const ordered = orderTwins([
      write('a', 'k', [1, 9]),
      write('b', 'k', [2, 8], 5),
      write('c', 'k', [3, 7]),
    ]);
    expect(shown(ordered)).toEqual(['b@1', 'a@1', 'c@3']);
  });

  it('that both asked stand in the order of asking', () => {
    const ordered = orderTwins([write('a', 'k', [1, 9], 7), write('b', 'k', [2, 6], 3)]);
    expect(shown(ordered)).toEqual(['b@1', 'a@1']);
  });

  it.each([
    ['of other keys', write('b', 'other', [2, 6], 3)],
    ['that came when the first was over', write('b', 'k', [10, 12], 11)],
  ])('are none when they are writes %s', (_, second) => {
    expect(shown(orderTwins([write('a', 'k', [1, 9]), second]))).toEqual(['a@1', `b@${second.raw.atMs}`]);
  });

  it('keep all writes and never let time go back', () => {
    const any = fc.record({
      key: fc.constantFrom('k', 'l'),
      length: fc.integer({ min: 1, max: 8 }),
      asked: fc.option(fc.integer({ min: 0, max: 20 })),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), (drawn) => {
        const arrived = drawn.map(({ key, length, asked }, at) =>
          write(String(at), key, [at, at + length], asked === null ? null : at + asked),
        );
        const times = orderTwins(arrived).map(({ raw }) => raw.atMs);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(new Set(orderTwins(arrived).map(({ raw }) => raw.id)).size).toBe(arrived.length);
      }),
    );
  });
});
