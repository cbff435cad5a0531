/**
 * How far a replay of recordings is, in words: records, share, rate, time left, breaches so far, and the first finding
 * of each kind as it turns up. What it says never enters a report.
 */
import type { PartProgress } from '../run/parts/part-worker.ts';
import type { Plan } from '../run/parts/plan.ts';
import { makeStopSign } from '../run/parts/stop-sign.ts';
import type { ReplayWatch } from '../run/replay.ts';
import type { Progress } from './progress.ts';
import type { Shell } from './shell.ts';

/** Follows a replay on a progress line. */
export function watchReplay(progress: Progress, { elapsedMs }: Pick<Shell, 'elapsedMs'>): ReplayWatch {
  const shown = new ReplayProgress(progress, elapsedMs);
  return {
    stop: makeStopSign(),
    elapsedMs,
    onPlan: (plan) => shown.onPlan(plan),
    onProgress: (step) => shown.onProgress(step),
    note: progress.say,
  };
}

/** Lines of findings told while the replay runs; the report has them all. */
const MOST_TOLD = 12;
/** Findings of a run that is over before this are left to its report. */
const TELL_AFTER_MS = 1_000;

export class ReplayProgress {
  readonly #progress: Progress;
  readonly #elapsedMs: () => number;
  readonly #startedMs: number;
  readonly #told = new Set<string>();
  #waiting: PartProgress['found'][number][] = [];
  #lines = 0;
  #work = 0;
  #done = 0;
  #records = 0;
  #breaches = 0;

  constructor(progress: Progress, elapsedMs: () => number) {
    this.#progress = progress;
    this.#elapsedMs = elapsedMs;
    this.#startedMs = elapsedMs();
  }

  onPlan(plan: Plan): void {
    this.#work = plan.reduce((sum, { work }) => sum + work, 0);
  }

  onProgress({ records, breaches, bytes, found }: PartProgress): void {
    this.#records += records;
    this.#breaches += breaches;
    this.#done += bytes;
    this.#waiting.push(...found);
    const passedMs = this.#elapsedMs() - this.#startedMs;
    if (passedMs >= TELL_AFTER_MS) this.#tell();
    this.#progress.show(this.#line(passedMs));
  }

  #tell(): void {
    // One record may be the first of many kinds; it is told once.
    const bySubject = Map.groupBy(this.#waiting, ({ subject }) => subject);
    for (const [subject, found] of bySubject) {
      const kinds = found.filter(
        ({ code }, at) => !this.#told.has(code) && found.findIndex((one) => one.code === code) === at,
      );
      const [first, ...others] = kinds;
      if (!first || this.#lines >= MOST_TOLD) continue;
      for (const { code } of kinds) this.#told.add(code);
      this.#lines += 1;
      const more =
        others.length === 0 ? '' : ` and ${others.length} other ${others.length === 1 ? 'kind' : 'kinds'}`;
      this.#progress.say(`first ${first.code}${more}: ${subject}, ${first.detail}`);
    }
    this.#waiting = [];
  }

  #line(passedMs: number): string {
    const share = this.#work === 0 ? 0 : Math.min(0.99, this.#done / this.#work);
    const leftMs = share === 0 ? null : (passedMs * (1 - share)) / share;
    const rate = passedMs === 0 ? 0 : Math.round((this.#records * 1000) / passedMs);
    return [
      `${grouped(this.#records)} records`,
      share === 0 ? 'reading' : `${Math.floor(share * 100)}%`,
      `${grouped(rate)}/s`,
      leftMs === null ? '' : `${clockTime(leftMs)} left`,
      `${grouped(this.#breaches)} breaches`,
    ]
      .filter((text) => text !== '')
      .join(' · ');
  }
}

/** Digits in threes, as the report writes them. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `0:45`, `12:05` or `1:02:30`. */
function clockTime(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
