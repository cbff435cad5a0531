/**
 * A sample that is true to how much people write: users are put into strata by the number of their records (1, 2–3,
 * 4–7 …), and each stratum gives its share. One reading of all recordings, in which only whose a line is gets looked at.
 */
import { doorTo, throughDoor } from './doors.ts';
import { LineFaultError, Lines } from './lines.ts';
import { openRecording } from './read.ts';
import { type Stretch, stretchFailure } from './reading.ts';
import { parseTimed } from './record-line.ts';
import { type Selection, Selector } from './selection.ts';
import { SAMPLE_STEPS, samplePlace, type UserKey } from './user-key.ts';
import { UserTable } from './user-table.ts';

/** A user's records are counted to here; beyond it all are alike. */
const MOST_RECORDS = 0xffff;

/** Users with the number of their records in the lower 16 bits and their place in the sample above it. */
export class UserCounts {
  readonly #table = new UserTable();
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** One more record of a user; `name` is asked for at the first. */
  add(key: UserKey, name: () => string): void {
    const known = this.#table.get(key);
    if (known < 0) this.#table.set(key, samplePlace(this.#seed, name()) * (MOST_RECORDS + 1) + 1);
    else if ((known & MOST_RECORDS) < MOST_RECORDS) this.#table.set(key, known + 1);
  }

  /**
   * The keys of the users taken: of each stratum the share, rounded up, of those whose place in the sample is lowest.
   * Larger shares therefore hold smaller ones.
   */
  take(sample: number): Uint32Array<ArrayBuffer> {
    const strata = new Map<number, { readonly key: UserKey; readonly place: number }[]>();
    for (const { key, number } of this.#table.entries()) {
      const stratum = Math.floor(Math.log2(number & MOST_RECORDS));
      const place = Math.floor(number / (MOST_RECORDS + 1));
      const members = strata.get(stratum);
      if (members) members.push({ key, place });
      else strata.set(stratum, [{ key, place }]);
    }
    const taken = new UserTable();
    for (const members of strata.values()) {
      members.sort((a, b) => a.place - b.place || a.key.a - b.key.a || a.key.b - b.key.b);
      const share = Math.ceil((members.length * sample) / SAMPLE_STEPS);
      for (const { key } of members.slice(0, share)) taken.set(key, 0);
    }
    return taken.keys();
  }
}

/**
 * Counts every user's records that a selection would take but for its sample and shard. A line that is nobody's is left
 * to the replay to judge.
 */
export async function countUsers(
  stretches: readonly Stretch[],
  selection: Selection,
  tzOffsetMinutes: number,
  counts: UserCounts,
): Promise<void> {
  for (const stretch of stretches) {
    const { source, lines } = await openLines(stretch);
    const selector = new Selector({ ...selection, sample: null, shard: null }, tzOffsetMinutes);
    try {
      for (;;) {
        try {
          while (lines.advance()) countLine(lines, selector, counts);
          if (!(await lines.fill())) break;
        } catch (error) {
          if (!(error instanceof LineFaultError)) throw await stretchFailure(stretch, lines.line + 1, error);
        }
      }
    } finally {
      await source.close();
    }
  }
}

function countLine(lines: Lines, selector: Selector, counts: UserCounts): void {
  const fate = selector.lineFate(lines.bytes, lines.from, lines.to);
  if (fate === 'taken') counts.add(selector.key, () => selector.userOfLine(lines.bytes));
  if (fate !== 'unknown') return;
  const { record, atMs } = parseTimed(lines.text());
  if (selector.recordFate(record.user, atMs) === 'taken') counts.add(selector.key, () => record.user);
}

async function openLines({ file, range }: Stretch) {
  if (range === null) return openRecording(file.name, file.label);
  const source = await throughDoor(file.label, () => doorTo(file.name).open(file.name, range));
  return { source, lines: new Lines(source) };
}
