/**
 * What went wrong where: a count per code and a few examples each, so that a red row can name records without the
 * log growing with the recording. Examples are the first by time, user and record, so a merge keeps the same ones.
 */
import type { RecordedWrite } from '../recording/format.ts';

/** One example of an incident. */
export interface Incident {
  readonly at: string;
  readonly user: string;
  readonly record: string;
  readonly detail: string;
}

/** Examples kept per code. */
const EXAMPLES = 10;

interface Entry {
  count: number;
  examples: Incident[];
}

/** A total order, so that which examples are kept never depends on the order in which they came. */
function before(a: Incident, b: Incident): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.user !== b.user) return a.user < b.user;
  if (a.record !== b.record) return a.record < b.record;
  return a.detail < b.detail;
}

/** A log as plain values: count and examples by code, codes sorted. */
export type IncidentsJson = readonly (readonly [
  code: string,
  count: number,
  examples: readonly Incident[],
])[];

export class IncidentLog {
  readonly #byCode = new Map<string, Entry>();

  add(code: string, record: RecordedWrite, detail: string): void {
    const entry = this.#entry(code);
    entry.count += 1;
    keepFirst(entry.examples, { at: record.at, user: record.user, record: record.id, detail });
  }

  merge(other: IncidentLog): void {
    for (const [code, from] of other.#byCode) {
      const entry = this.#entry(code);
      entry.count += from.count;
      for (const example of from.examples) keepFirst(entry.examples, example);
    }
  }

  count(code: string): number {
    return this.#byCode.get(code)?.count ?? 0;
  }

  /** The first few of a code, by time, user and record. */
  examples(code: string): readonly Incident[] {
    return this.#byCode.get(code)?.examples ?? [];
  }

  /** Codes that occurred, sorted. */
  codes(): string[] {
    return [...this.#byCode.keys()].sort();
  }

  toJSON(): IncidentsJson {
    return this.codes().map((code) => [code, this.count(code), this.examples(code)]);
  }

  /** What `toJSON` gave, as a log. */
  static fromJSON(json: IncidentsJson): IncidentLog {
    const log = new IncidentLog();
    for (const [code, count, examples] of json) log.#byCode.set(code, { count, examples: [...examples] });
    return log;
  }

  #entry(code: string): Entry {
    let entry = this.#byCode.get(code);
    if (!entry) {
      entry = { count: 0, examples: [] };
      this.#byCode.set(code, entry);
    }
    return entry;
  }
}

function keepFirst(examples: Incident[], incident: Incident): void {
  const last = examples.at(-1);
  if (examples.length >= EXAMPLES && last && !before(incident, last)) return;
  let place = examples.length;
  while (place > 0 && before(incident, examples[place - 1]!)) place--;
  examples.splice(place, 0, incident);
  if (examples.length > EXAMPLES) examples.pop();
}
