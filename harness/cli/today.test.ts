import { describe, expect, it } from 'vitest';
import { readToday } from './today.ts';

const clock = (text: string) => ({ nowMs: () => Date.parse(text), sleep: async () => undefined });

describe('the day of a gate', () => {
  it('is the one that is given', () => {
    expect(readToday('2026-03-31', clock('2020-01-01T00:00:00Z'))).toBe('2026-03-31');
  });

  it('is the clock’s in UTC where none is, the same for everyone everywhere', () => {
    expect(readToday(undefined, clock('2026-03-31T23:59:59.999Z'))).toBe('2026-03-31');
    expect(readToday(undefined, clock('2026-04-01T01:00:00+09:00'))).toBe('2026-03-31');
  });

  it.each(['', 'today', '2026-2-1', '2026-02-30'])('is refused as "%s"', (given) => {
    expect(() => readToday(given)).toThrow(
      `Failed to read "--today ${given}": expected a day such as 2026-03-31`,
    );
  });
});
