/**
 * A share of users as people write it. A file of its own because a capture takes such a share, its header says so, and
 * whoever reads the header has to understand the same by it.
 */
import { SAMPLE_STEPS } from './user-key.ts';

/** `15%` or `0.5%` in ten-thousandths, above 0 and up to all; null for anything else. */
export function stepsOfShare(text: string): number | null {
  const percent = /^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(text);
  const steps = percent ? Math.round(Number(percent[1]) * (SAMPLE_STEPS / 100)) : 0;
  return steps >= 1 && steps <= SAMPLE_STEPS ? steps : null;
}
