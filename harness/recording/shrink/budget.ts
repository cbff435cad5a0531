/**
 * A question that costs a replay: asked once for the same records, and never beyond a bound. Apart from the reduction,
 * which asks as freely as it likes, so that nobody's patience is part of an algorithm.
 */
import { createHash } from 'node:crypto';
import type { RecordedWrite } from '../format.ts';
import { renderRecord } from '../write.ts';

export type ShowsRecords = (records: readonly RecordedWrite[]) => Promise<boolean>;

export class Budget {
  readonly #ask: ShowsRecords;
  readonly #most: number;
  readonly #cost: number;
  readonly #onRun: (runs: number, records: readonly RecordedWrite[]) => void;
  readonly #answers = new Map<string, boolean>();
  readonly #lines = new WeakMap<RecordedWrite, string>();
  #runs: number;
  #exhausted = false;

  /** `cost` is how many replays one question takes; `spent`, how many were made before the first. */
  constructor(
    ask: ShowsRecords,
    options: {
      readonly most: number;
      readonly cost: number;
      readonly spent: number;
      readonly onRun: (runs: number, records: readonly RecordedWrite[]) => void;
    },
  ) {
    this.#ask = ask;
    this.#most = options.most;
    this.#cost = options.cost;
    this.#runs = options.spent;
    this.#onRun = options.onRun;
  }

  /** Replays made so far. */
  get runs(): number {
    return this.#runs;
  }

  /** True once a question went unanswered because nothing was left to pay it with. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** The line of a record, rendered once. */
  lineOf(record: RecordedWrite): string {
    let line = this.#lines.get(record);
    if (line === undefined) {
      line = renderRecord(record);
      this.#lines.set(record, line);
    }
    return line;
  }

  /** Whether these records show it; false, and exhausted, where there is no replay left to find out. */
  readonly shows: ShowsRecords = async (records) => {
    const digest = createHash('sha256');
    for (const record of records) digest.update(this.lineOf(record)).update('\n');
    const key = digest.digest('base64');
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    if (this.#runs + this.#cost > this.#most) {
      this.#exhausted = true;
      return false;
    }
    this.#runs += this.#cost;
    this.#onRun(this.#runs, records);
    const answer = await this.#ask(records);
    this.#answers.set(key, answer);
    return answer;
  };
}
