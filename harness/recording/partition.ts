/**
 * Sets the lines of recordings aside by part of the users: the first of two passes over recordings whose users do not
 * stand together, or lie in several files. It parses no line that says by its form whose it is.
 */
import { doorTo, throughDoor } from './doors.ts';
import { LineFaultError, Lines } from './lines.ts';
import { type OpenRecording, openRecording } from './read.ts';
import {
  noCounts,
  type ReadingCounts,
  type ReadingOptions,
  type Stretch,
  stretchError,
  stretchFailure,
} from './reading.ts';
import { parseTimed } from './record-line.ts';
import { Selector } from './selection.ts';
import { type Spill, SpillWriter } from './spill.ts';

/** Lines looked at between two looks at whether to stop. */
const LINES_A_LOOK = 4_096;

export interface PartitionOptions extends ReadingOptions {
  readonly parts: number;
  /** Parts that are still wanted, by their number; lines of the others are passed over. Null for all. */
  readonly wanted: ReadonlySet<number> | null;
  /** The stretch's own number, kept with each of its lines. */
  readonly stretch: number;
}

/** The part of so many that a user with this key belongs to; independent of shards, which go by the other half. */
export function partOf(keyB: number, parts: number): number {
  return keyB % parts;
}

/**
 * Reads a stretch and appends every line that the selection takes to its user's part. What a line holds is looked at
 * when the part is read. Resolves to what it counted: lines set aside as `taken`, and bad lines that are nobody's.
 */
export async function partitionStretch(
  stretch: Stretch,
  spill: Spill,
  options: PartitionOptions,
  opened: OpenRecording | null = null,
): Promise<ReadingCounts> {
  const { selection, tzOffsetMinutes, chosen, parts, wanted } = options;
  const { source, lines } = opened ?? (await openLines(stretch));
  const selector = new Selector(selection, tzOffsetMinutes, chosen);
  const writer = new SpillWriter(spill, parts);
  const counts = { ...noCounts(), leftOut: selector.leftOut };
  const isFirstShard = !selection.shard || selection.shard.index === 0;

  const take = (): void => {
    let fate = selector.lineFate(lines.bytes, lines.from, lines.to);
    if (fate === 'unknown') {
      const { record, atMs } = parseTimed(lines.text());
      fate = selector.recordFate(record.user, atMs);
    }
    if (fate !== 'taken') return;
    const part = partOf(selector.key.b, parts);
    counts.taken += 1;
    if (wanted && !wanted.has(part)) return;
    const { line, unterminated } = lines;
    writer.add(part, lines.bytes, lines.from, lines.to, { stretch: options.stretch, line, unterminated });
  };
  /** Takes what is at hand of the piece; false when there is no more of it. */
  const takeSome = (): boolean => {
    for (let left = LINES_A_LOOK; left > 0; left--) {
      if (!lines.advance()) return false;
      take();
    }
    return true;
  };

  try {
    for (;;) {
      counts.bytes = source.consumed?.() ?? lines.offset;
      if (options.stop(counts.bytes)) {
        counts.stopped = true;
        break;
      }
      try {
        if (takeSome() || (await lines.fill())) continue;
      } catch (error) {
        if (!(error instanceof LineFaultError)) throw await stretchFailure(stretch, lines.line + 1, error);
        if (options.onBadLine === 'fail') throw await stretchError(stretch, lines, error.fault);
        if (isFirstShard) counts.badLines += 1;
        continue;
      }
      break;
    }
    writer.finish();
    return counts;
  } finally {
    await source.close();
  }
}

async function openLines({ file, range }: Stretch) {
  if (range === null) return openRecording(file.name, file.label);
  const source = await throughDoor(file.label, () => doorTo(file.name).open(file.name, range));
  return { source, lines: new Lines(source) };
}
