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

function before(a: Incident, b: Incident): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.user !== b.user) return a.user < b.user;
  return a.record < b.record;
}

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
