/**
 * The replay's clock: it stands still until told to move, so that a month of traffic takes as long as its
 * computing and every run reads the same times.
 */
import type { Clock } from '../migration.ts';

export class VirtualClock implements Clock {
  #nowMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  /** Jumps to a recorded instant, backwards too: users are replayed one after another. */
  jumpTo(ms: number): void {
    this.#nowMs = ms;
  }

  /** Moves the time forward without waiting. */
  advance(ms: number): void {
    this.#nowMs += ms;
  }

  sleep(ms: number): Promise<void> {
    this.#nowMs += ms;
    return Promise.resolve();
  }
}
