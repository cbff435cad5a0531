import { describe, expect, it } from 'vitest';
import { explainDay, explainRecord } from './explanation.ts';
import { COMPARISON, entry, part, sampleWrite, withDays } from './sample-write.fixture.ts';

const write = (id: string, off: number) =>
  sampleWrite({
    id,
    legacy: [entry('given', [100, 10])],
    v2: [entry('read', [100, 10]), entry('bend', [100 + off, 10], 'bent'), entry('end', [100 + off, 10])],
    parts: [part('a', [100, 10], [100, 10])],
  });

describe('an explained record', () => {
  it('says where the paths part, which stage leads, and what its breach is put down to', () => {
    const told = explainRecord(write('1', 20), COMPARISON);
    expect([told.parts_at, told.leads_at, told.breached, told.difference]).toEqual([
      'bend',
      'bend',
      ['da'],
      { da: 20, dw: 0, rel_w: 0 },
    ]);
    expect(told.limits).toEqual({ da: 10, dw: 4, rel_w: 0.5 });
    expect([told.cause?.label, told.wider_cause]).toEqual(['bent (bend), V2 higher', null]);
  });

  it('names the wider cause beside that of an entry', () => {
    const { record, ...rest } = sampleWrite({
      legacy: [entry('given', [100, 10])],
      v2: [entry('read', [120, 10])],
      parts: [part('a', [100, 10], [120, 10])],
    });
    const told = explainRecord({ record, ...rest }, COMPARISON);
    expect([told.cause?.label, told.wider_cause?.label]).toEqual([
      'a, V2 higher (slight)',
      'stage read, V2 higher (slight)',
    ]);
    expect(told.steps[0]!.parts).toEqual([
      {
        subject: 'a',
        because: 'a',
        legacy: { amount: 100, weight: 10 },
        v2: { amount: 120, weight: 10 },
        adds: { amount: 20, weight: 0 },
      },
    ]);
  });

  it('says that the paths agree', () => {
    const told = explainRecord(write('1', 0), COMPARISON);
    expect([told.parts_at, told.leads_at, told.cause]).toEqual([null, null, null]);
  });
});

describe('an explained day', () => {
  it('is the sum of its records and of what its own rounding adds', () => {
    const writes = withDays([write('1', 3.3), write('2', 4.4)]);
    const last = writes.at(-1)!;
    const day = { ...last.result.day!, values: [8, 0, 0] };
    const told = explainDay([writes[0]!, { ...last, result: { ...last.result, day } }], COMPARISON)!;
    expect(told.records).toEqual([
      { id: '1', adds: { da: 3.3, dw: 0, rel_w: 0 } },
      { id: '2', adds: { da: 4.4, dw: 0, rel_w: 0 } },
    ]);
    expect(told.rounding).toEqual({ da: 0.3, dw: 0, rel_w: 0 });
    expect(told.difference).toEqual({ da: 8, dw: 0, rel_w: 0 });
  });

  it('is nothing without a difference', () => {
    expect(explainDay([write('1', 3)], COMPARISON)).toBeNull();
  });
});
