/**
 * Keeps a user's writes in the order in which they arrived, though they end in any order. A finished write waits for
 * every earlier one that may be the same user's; nobody waits longer than a bound, and no request waits at all.
 */
import type { Intake } from './intake.ts';

interface Waiting {
  readonly writes: Intake[];
  lastSettledTick: number;
  readonly sinceMs: number;
}

export class Arrivals {
  /** Requests under way by user, oldest first; under null those whose user is not known yet. */
  readonly #open = new Map<string | null, Set<Intake>>();
  readonly #waiting = new Map<string, Waiting>();
  #openCount = 0;
  #waitingCount = 0;

  get open(): number {
    return this.#openCount;
  }

  get waiting(): number {
    return this.#waitingCount;
  }

  arrive(intake: Intake): void {
    const ofUser = this.#open.get(intake.arrivedAs);
    if (ofUser) ofUser.add(intake);
    else this.#open.set(intake.arrivedAs, new Set([intake]));
    this.#openCount += 1;
  }

  /** The request is no longer under way. */
  leave(intake: Intake): void {
    const ofUser = this.#open.get(intake.arrivedAs);
    if (!ofUser?.delete(intake)) return;
    this.#openCount -= 1;
    if (ofUser.size === 0) this.#open.delete(intake.arrivedAs);
  }

  /** A finished write whose user is known waits for those before it. */
  wait(user: string, intake: Intake, nowMs: number): void {
    const waiting = this.#waiting.get(user);
    if (waiting) {
      waiting.writes.push(intake);
      waiting.lastSettledTick = intake.settledTick;
    } else {
      this.#waiting.set(user, {
        writes: [intake],
        lastSettledTick: intake.settledTick,
        sinceMs: nowMs,
      });
    }
    this.#waitingCount += 1;
  }

  /**
   * Takes out one user's finished writes, oldest arrival first, once nothing that overlaps them is under way or they
   * have waited `holdMs`; null when nobody's may go. `onOverdue` gets each request that was not waited for.
   */
  next(nowMs: number, holdMs: number, onOverdue: (intake: Intake) => void): Intake[] | null {
    for (const [user, waiting] of this.#waiting) {
      const blocking = this.#blocking(user, waiting);
      if (blocking.length > 0 && nowMs - waiting.sinceMs < holdMs) continue;
      for (const intake of blocking) {
        this.leave(intake);
        onOverdue(intake);
      }
      this.#waiting.delete(user);
      this.#waitingCount -= waiting.writes.length;
      return waiting.writes.sort((a, b) => a.tick - b.tick);
    }
    return null;
  }

  /** Everything under way, for a capture that closes. */
  allOpen(): readonly Intake[] {
    return [...this.#open.values()].flatMap((intakes) => [...intakes]);
  }

  #blocking(user: string, waiting: Waiting): Intake[] {
    const blocking: Intake[] = [];
    for (const arrivedAs of [user, null]) {
      for (const intake of this.#open.get(arrivedAs) ?? []) {
        if (intake.tick > waiting.lastSettledTick) break;
        blocking.push(intake);
      }
    }
    return blocking;
  }
}
