import { describe, expect, it } from 'vitest';
import { Crew, type CrewOptions, type Job, WorkerCrash } from './crew.ts';
import type { PartTally } from './part-tally.ts';
import type { PartWorker } from './part-worker.ts';
import { makeStopSign } from './stop-sign.ts';

/** What workers of these tests do with a part, by its index; anything else is done well. */
type Deed = 'crash' | 'fail' | 'stop';

const jobs = (count: number): Job[] =>
  Array.from({ length: count }, (_, index) => ({
    kind: 'replay',
    part: { kind: 'stretch', group: 0, index },
  }));

/** A crew of workers whose tallies are the indexes of what they replayed. */
function crewOf(choice: {
  readonly deeds?: Record<number, Deed[]>;
  readonly options?: Partial<CrewOptions>;
}) {
  const merged: number[] = [];
  const handedOver: number[][] = [];
  const notes: string[] = [];
  const deeds = new Map(Object.entries(choice.deeds ?? {}).map(([index, all]) => [Number(index), [...all]]));
  let hired = 0;
  const stop = makeStopSign();
  const hire = (): PartWorker => {
    hired += 1;
    let held: number[] = [];
    let isGone = false;
    return {
      setAside: async () => ({ finished: true }),
      replay: async ({ index }) => {
        if (isGone) throw new Error('asked after it was gone');
        await new Promise((resolve) => setImmediate(resolve));
        const deed = deeds.get(index)?.shift();
        // Half of a part's users are in what a worker holds when it is lost.
        held.push(index);
        if (deed === 'crash') {
          isGone = true;
          throw new WorkerCrash('it ended with code 3');
        }
        if (deed === 'fail') throw new Error('a bad line');
        if (deed === 'stop') stop.putUp();
        return { finished: deed !== 'stop', users: null };
      },
      handOver: async () => {
        const tally = held;
        held = [];
        return tally as unknown as PartTally;
      },
      close: async () => {},
    };
  };
  const crew = new Crew({
    workers: 2,
    hire,
    merged: { merge: (tally: unknown) => merged.push(...(tally as number[])) } as unknown as PartTally,
    onCrash: 'retry',
    nameOf: (job) => (job.kind === 'replay' ? `part ${job.part.index + 1}` : 'a file'),
    onHandedOver: async (whole) => {
      handedOver.push(whole.map((job) => (job.kind === 'replay' ? job.part.index : -1)));
    },
    onPartDone: async () => {},
    handOverEveryMs: null,
    elapsedMs: () => 0,
    stop,
    note: (line) => notes.push(line),
    ...choice.options,
  });
  return { crew, merged, handedOver, notes, stop, hired: () => hired };
}

const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
const all = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a crew', () => {
  it('does every job once, with as many workers as there is use for', async () => {
    const few = crewOf({});
    expect(await few.crew.work(jobs(1))).toBe(true);
    expect([few.merged, few.hired()]).toEqual([[0], 1]);
    const many = crewOf({});
    expect(await many.crew.work(jobs(20))).toBe(true);
    expect(sorted(many.merged)).toEqual(all(20));
    expect(many.hired()).toBe(2);
  });

  it('counts nothing twice and loses nothing when workers crash, whatever they held', async () => {
    for (const crashing of [0, 5, 19]) {
      const { crew, merged, handedOver, notes, hired } = crewOf({ deeds: { [crashing]: ['crash'] } });
      expect(await crew.work(jobs(20))).toBe(true);
      expect(sorted(merged)).toEqual(all(20));
      expect(sorted(handedOver.flat())).toEqual(all(20));
      expect(hired()).toBe(3);
      expect(notes).toEqual([
        `a worker crashed at part ${crashing + 1}: it ended with code 3; another one begins it anew`,
      ]);
    }
  });

  it('loses nothing when one crashes after the others have run out of jobs', async () => {
    const { crew, merged } = crewOf({ deeds: { 1: ['crash'] }, options: { workers: 3 } });
    expect(await crew.work(jobs(3))).toBe(true);
    expect(sorted(merged)).toEqual([0, 1, 2]);
  });

  it('gives up on a job that crashes its worker again, and at once where it is told to', async () => {
    const again = crewOf({ deeds: { 3: ['crash', 'crash'] } });
    await expect(again.crew.work(jobs(9))).rejects.toThrow(
      'Failed to replay "part 4": its worker crashed 2 times: it ended with code 3.',
    );
    const once = crewOf({ deeds: { 3: ['crash'] }, options: { onCrash: 'fail' } });
    await expect(once.crew.work(jobs(9))).rejects.toThrow('its worker crashed: it ended with code 3.');
    expect(once.hired()).toBeLessThanOrEqual(2);
  });

  it('ends with what went wrong, and tells the others to end', async () => {
    const { crew, stop } = crewOf({ deeds: { 4: ['fail'] } });
    await expect(crew.work(jobs(50))).rejects.toThrow('a bad line');
    expect(stop.isUp()).toBe(true);
  });

  it('takes over what there is when it is told to end, and calls no part of it done that is not', async () => {
    const { crew, merged, handedOver } = crewOf({ deeds: { 6: ['stop'] }, options: { workers: 1 } });
    expect(await crew.work(jobs(20))).toBe(false);
    expect(sorted(merged)).toEqual(all(7));
    expect(handedOver).toEqual([]);
  });

  it('takes tallies over in between where they are asked for', async () => {
    let nowMs = 0;
    const { crew, merged, handedOver } = crewOf({
      options: {
        workers: 1,
        handOverEveryMs: 5,
        elapsedMs: () => {
          nowMs += 1;
          return nowMs;
        },
      },
    });
    expect(await crew.work(jobs(20))).toBe(true);
    expect(sorted(merged)).toEqual(all(20));
    expect(handedOver.flat()).toEqual(all(20));
    expect(handedOver.length).toBeGreaterThan(2);
  });
});
