import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../recording/selection.ts';
import type { RampReport } from '../report/shape.ts';
import {
  type CapturedShare,
  commonShare,
  requireCommonShare,
  shareReplayed,
  withinCapture,
} from './captured-share.ts';

const captured = (steps: number, given: Partial<CapturedShare> = {}): CapturedShare => ({
  steps,
  seed: 'golem',
  verbatim: false,
  ...given,
});
const selection = (sample: number | null, seed = 'golem') => ({ ...EVERYTHING, seed, sample });

describe('the share of production that is replayed', () => {
  it('is the sample where the capture took all, and what was captured where no sample is taken', () => {
    expect(shareReplayed(null, selection(null))).toBe(1);
    expect(shareReplayed(null, selection(1_000))).toBe(0.1);
    expect(shareReplayed(captured(1_500), selection(null))).toBe(0.15);
  });

  it('is the product of two draws that have nothing to do with each other', () => {
    expect(shareReplayed(captured(2_000), selection(5_000))).toBe(0.1);
    expect(shareReplayed(captured(2_000, { verbatim: true, seed: 'other' }), selection(5_000))).toBe(0.1);
  });

  it('is the smaller of two that drew alike', () => {
    const alike = captured(2_000, { verbatim: true });
    expect(shareReplayed(alike, selection(5_000))).toBe(0.2);
    expect(shareReplayed(alike, selection(1_000))).toBe(0.1);
  });
});

describe('recordings together', () => {
  const file = (name: string, share?: CapturedShare) => ({ name, ...(share ? { captured: share } : {}) });

  it('have a share in common or are refused with what each is', () => {
    expect(commonShare([file('a'), file('b')])).toBeNull();
    expect(requireCommonShare([file('a', captured(10)), file('b', captured(10))])).toEqual(captured(10));
    expect(commonShare([file('a'), file('b', captured(10))])).toBe('mixed');
    expect(() => requireCommonShare([file('a'), file('b', captured(1_050))])).toThrow('a 100%, b 10.5%');
    expect(commonShare([file('a', captured(10)), file('b', captured(10, { seed: 'x' }))])).toBe('mixed');
  });
});

describe('advice on samples', () => {
  const ramp = (sample_percent: number | null) => ({ steps: [{ sample_percent }] }) as unknown as RampReport;
  const advised = (wanted: number, share: CapturedShare | null) =>
    withinCapture(ramp(wanted), share, selection(null)).steps[0]!.sample_percent;

  it('speaks of the users that are in the recordings, and is left out beyond them', () => {
    expect(advised(12, null)).toBe(12);
    expect(advised(12, captured(2_000))).toBe(60);
    expect(advised(21, captured(2_000))).toBeNull();
    expect(advised(12, captured(2_000, { verbatim: true }))).toBe(12);
    expect(advised(21, captured(2_000, { verbatim: true }))).toBeNull();
  });
});
