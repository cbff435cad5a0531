import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantText, localDate, localHour } from './instant.ts';

const ms = fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 11, 31) });
const offset = fc.integer({ min: -720, max: 840 });

describe('instants', () => {
  it('read as Date.toISOString writes them', () => {
    fc.assert(
      fc.property(ms, (at) => {
        expect(instantText(at)).toBe(new Date(at).toISOString());
      }),
    );
  });

  it('belong to the date and hour that the shifted clock shows', () => {
    fc.assert(
      fc.property(ms, offset, (at, minutes) => {
        const shifted = new Date(at + minutes * 60_000).toISOString();
        expect(localDate(at, minutes)).toBe(shifted.slice(0, -14));
        expect(localHour(at, minutes)).toBe(Number(shifted.slice(-13, -11)));
      }),
    );
  });

  it('keep remembered days apart', () => {
    const midnight = Date.UTC(2025, 8, 1);
    expect(localDate(midnight - 1, 540)).toBe('2025-09-01');
    expect(instantText(midnight - 1)).toBe('2025-08-31T23:59:59.999Z');
    expect(localDate(midnight + 256 * 86_400_000, 0)).toBe('2026-05-15');
    expect(localDate(midnight - 1, 540)).toBe('2025-09-01');
  });
});
