/**
 * Reads users one after another from a file in which each user's records stand together: as they come, nothing kept but
 * the user at hand. What the selection leaves out is passed over before it is parsed.
 */
import type { TimedBatch } from '../replayed.ts';
import { BATCH_RECORDS } from './bounds.ts';
import { doorTo, throughDoor } from './doors.ts';
import { LineFaultError, Lines } from './lines.ts';
import { GroupedOrder } from './order.ts';
import { type OpenRecording, openRecording } from './read.ts';
import {
  noCounts,
  OrderFaultError,
  type ReadingCounts,
  type ReadingOptions,
  type Stretch,
  stretchError,
  stretchFailure,
  TWO_USERS,
  type UserReading,
} from './reading.ts';
import { parseTimed, type TimedRecord } from './record-line.ts';
import { Selector, takesEverything } from './selection.ts';
import { type UserKey, keyOfUser } from './user-key.ts';

export interface GroupedReading extends UserReading {
  /** Keys of the users taken so far, to hold against those of other ranges of the same file. */
  users(): Uint32Array<ArrayBuffer>;
}

/** Reads a stretch; `opened` is a pipe that stands behind its header already. */
export function readGroupedUsers(
  stretch: Stretch,
  options: ReadingOptions,
  opened: OpenRecording | null = null,
): GroupedReading {
  const order = new GroupedOrder();
  const counts = noCounts();
  return {
    batches: readBatches(stretch, options, opened, order, counts),
    counts,
    users: () => order.users(),
  };
}

async function openLines({ file, range }: Stretch, opened: OpenRecording | null) {
  if (opened) return opened;
  if (range === null) return openRecording(file.name, file.label);
  const source = await throughDoor(file.label, () => doorTo(file.name).open(file.name, range));
  return { source, lines: new Lines(source) };
}

async function* readBatches(
  stretch: Stretch,
  options: ReadingOptions,
  opened: OpenRecording | null,
  order: GroupedOrder,
  counts: ReadingCounts,
): AsyncGenerator<TimedBatch> {
  const { source, lines } = await openLines(stretch, opened);
  const taking = new Taking(options, lines, order, counts);
  try {
    for (;;) {
      try {
        while (!taking.isFull && !counts.stopped && lines.advance()) taking.take();
        if (!taking.isFull && !counts.stopped && (await lines.fill())) continue;
      } catch (error) {
        if (!(error instanceof LineFaultError)) throw await stretchFailure(stretch, lines.line + 1, error);
        if (options.onBadLine === 'fail')
          throw await stretchError(
            stretch,
            lines,
            error instanceof OrderFaultError ? error.pending : error.fault,
          );
        if (taking.ownsFault()) counts.badLines += 1;
        continue;
      }
      const isOver = !taking.isFull;
      if (isOver && !counts.stopped) taking.endUser();
      counts.bytes = source.consumed?.() ?? lines.offset;
      const batch = taking.batch();
      if (batch.records.length > 0) yield batch;
      if (isOver) return;
    }
  } finally {
    await source.close();
  }
}

/** Takes line by line what the selection wants; a class, because a user's records wait until all of them are known. */
class Taking {
  readonly #options: ReadingOptions;
  readonly #lines: Lines;
  readonly #order: GroupedOrder;
  readonly #counts: ReadingCounts;
  readonly #selector: Selector | null;
  readonly #key: UserKey = { a: 0, b: 0 };
  /** True while a line is looked at that is known to be this shard's. */
  #isOurs = false;
  #user: string | null = null;
  /** Records of the user at hand, where it is not known yet whether the user is taken. */
  #held: TimedRecord[] = [];
  #batch = emptyBatch();

  constructor(options: ReadingOptions, lines: Lines, order: GroupedOrder, counts: ReadingCounts) {
    const { selection, tzOffsetMinutes, chosen } = options;
    this.#options = options;
    this.#lines = lines;
    this.#order = order;
    this.#counts = counts;
    this.#selector = takesEverything(selection) ? null : new Selector(selection, tzOffsetMinutes, chosen);
    if (this.#selector) Object.assign(counts, { leftOut: this.#selector.leftOut });
  }

  get isFull(): boolean {
    return this.#batch.records.length >= BATCH_RECORDS;
  }

  /** Takes the line at hand, or passes it over. Throws the fault of a line that is no record. */
  take(): void {
    const lines = this.#lines;
    const selector = this.#selector;
    if (!selector) {
      this.#admit(parseTimed(lines.text()));
      return;
    }
    const fate = selector.lineFate(lines.bytes, lines.from, lines.to);
    if (fate === 'left' || fate === 'elsewhere') return;
    this.#isOurs = fate === 'taken';
    const timed = parseTimed(lines.text());
    if (fate === 'unknown') {
      this.#isOurs = selector.recordFate(timed.record.user, timed.atMs) === 'taken';
      if (this.#isOurs) this.#admit(timed);
      this.#isOurs = false;
      return;
    }
    keyOfUser(timed.record.user, this.#key);
    if (this.#key.a !== selector.key.a || this.#key.b !== selector.key.b) throw new LineFaultError(TWO_USERS);
    this.#admit(timed);
    this.#isOurs = false;
  }

  /** Whether a fault just thrown is this shard's to count; that of a line which is nobody's is the first one's. */
  ownsFault(): boolean {
    const { shard } = this.#options.selection;
    const isOurs = this.#isOurs || !shard || shard.index === 0;
    this.#isOurs = false;
    return isOurs;
  }

  /** The user at hand has no further record. */
  endUser(): void {
    if (this.#held.length === 0) return;
    const held = this.#held;
    this.#held = [];
    if (!this.#selector!.takesUser(held.map(({ record }) => record))) return;
    for (const timed of held) this.#put(timed);
  }

  batch(): TimedBatch {
    const batch = this.#batch;
    this.#batch = emptyBatch();
    return batch;
  }

  #admit(timed: TimedRecord): void {
    const { record, atMs } = timed;
    const isNew = record.user !== this.#user;
    if (isNew && this.#options.stop(this.#counts.bytes)) {
      this.endUser();
      this.#counts.stopped = true;
      return;
    }
    const wrong = this.#order.admit(record.user, record.id, record.at, atMs, this.#lines.line);
    if (wrong !== null) throw new OrderFaultError(wrong);
    if (isNew) {
      this.endUser();
      this.#user = record.user;
    }
    if (this.#selector?.asksRecords) this.#held.push(timed);
    else this.#put(timed);
  }

  #put({ record, atMs }: TimedRecord): void {
    this.#batch.records.push(record);
    this.#batch.atMs.push(atMs);
    this.#counts.taken += 1;
  }
}

function emptyBatch() {
  return { records: [] as TimedRecord['record'][], atMs: [] as number[] };
}
