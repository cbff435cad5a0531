/** A review of a thousand cases on a terminal: as quick as ten, and whole files whatever ends it. */
import { afterEach, describe, expect, it } from 'vitest';
import { expectRestored, openStandIn, settled, type StandIn } from './open-stand-in.ts';
import { KEYS } from './pty.ts';

let review: StandIn;
afterEach(() => review.dispose());

const count = (reasons: readonly string[], wanted: string): number =>
  reasons.filter((reason) => reason === wanted).length;

describe('a thousand cases', () => {
  it('open, move, are read and accepted without a wait', async () => {
    review = openStandIn(1000);
    await review.until(/1000 cases: 1000 left/, 60_000);
    const timed = async (keys: string, wanted: RegExp): Promise<number> => {
      const startedMs = performance.now();
      review.send(keys);
      await review.until(wanted, 30_000);
      return performance.now() - startedMs;
    };
    expect(await timed('\r', /If accepted/)).toBeLessThan(3_000);
    expect(await timed(KEYS.end, /^> .*u-0749/m)).toBeLessThan(2_000);
    expect(await timed('\r', /u-0749\/2025-09-01, changed/)).toBeLessThan(2_000);
    expect(await timed('b', /^> .*u-0749/m)).toBeLessThan(2_000);
    expect(await timed('o', /oil on deep-fried dishes, whole/)).toBeLessThan(8_000);
    expect(await timed(KEYS.end, /of \d{4,} lines/)).toBeLessThan(2_000);
    await timed('bA', /Why is it right \(750 cases\)/);
    // Files are written and flushed one by one, and the screen says so meanwhile.
    await timed('because\r', /writing 750 cases …/);
    await review.until(/250 left, 750 accepted/, 60_000);
    expect(count(review.reasons(), 'because')).toBe(750);
    await timed('u', /1000 left, 0 accepted/);
    expect(count(review.reasons(), 'first')).toBe(1000);
    review.send('q');
    expectRestored(await review.until(settled));
  }, 120_000);

  it('that are cut off by SIGKILL while they are written are each whole, old or new', async () => {
    review = openStandIn(400);
    await review.until(/400 cases: 400 left/, 60_000);
    const child = review.childPid();
    review.send('awhy\r');
    while (count(review.reasons(), 'why') < 10) await new Promise((go) => setTimeout(go, 5));
    process.kill(child, 'SIGKILL');
    await review.until(/exit 137/);
    const reasons = review.reasons();
    expect(reasons).toHaveLength(400);
    expect(new Set(reasons)).toEqual(new Set(['first', 'why']));
  }, 120_000);
});
