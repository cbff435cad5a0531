import { describe, expect, it } from 'vitest';
import type { PartProgress } from '../run/parts/part-worker.ts';
import type { Plan } from '../run/parts/plan.ts';
import { ReplayProgress } from './replay-progress.ts';

function follow() {
  const shown: string[] = [];
  const said: string[] = [];
  let nowMs = 7_000;
  const progress = new ReplayProgress(
    { show: (line) => shown.push(line), say: (line) => said.push(line), clear: () => undefined },
    () => nowMs,
  );
  progress.onPlan([{ work: 600 }, { work: 400 }] as unknown as Plan);
  return {
    shown,
    said,
    tell(ms: number, step: Partial<PartProgress>) {
      nowMs += ms;
      progress.onProgress({ records: 0, breaches: 0, bytes: 0, found: [], ...step });
    },
  };
}

describe('the progress of a replay', () => {
  it('is records, share, rate, time left and breaches', () => {
    const { shown, tell } = follow();
    tell(0, {});
    tell(10_000, { records: 1_234_567, bytes: 250, breaches: 3 });
    tell(10_000, { records: 765_433, bytes: 250, breaches: 9 });
    expect(shown).toEqual([
      '0 records · reading · 0/s · 0 breaches',
      '1,234,567 records · 25% · 123,457/s · 0:30 left · 3 breaches',
      '2,000,000 records · 50% · 100,000/s · 0:20 left · 12 breaches',
    ]);
  });

  it('tells hours apart from minutes, and is never done before it is', () => {
    const { shown, tell } = follow();
    tell(60_000, { records: 1, bytes: 1 });
    tell(0, { bytes: 5_000 });
    expect(shown[0]).toContain(' · 16:39:00 left · ');
    expect(shown[1]).toContain(' · 99% · ');
  });

  it('tells the first finding of each kind once the run takes a while', () => {
    const { said, tell } = follow();
    const found = (code: string, subject: string) => ({ code, subject, detail: 'x is 5' });
    tell(500, { found: [found('breach/day/x', 'u1 r1')] });
    expect(said).toEqual([]);
    tell(500, { found: [found('breach/day/x', 'u2 r9'), found('refused', 'u3 r1')] });
    expect(said).toEqual(['first breach/day/x: u1 r1, x is 5', 'first refused: u3 r1, x is 5']);
    tell(500, {
      found: [found('breach/day/y', 'u4 r1'), found('breach/day/z', 'u4 r1'), found('lost', 'u4 r1')],
    });
    expect(said.at(-1)).toBe('first breach/day/y and 2 other kinds: u4 r1, x is 5');
    tell(500, { found: [found('lost', 'u5 r1'), found('breach/day/z', 'u5 r1')] });
    expect(said).toHaveLength(3);
    tell(500, { found: Array.from({ length: 30 }, (_, at) => found(`code-${at}`, `u r${at}`)) });
    expect(said).toHaveLength(12);
  });
});
