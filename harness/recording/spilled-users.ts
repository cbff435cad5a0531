/**
 * Reads users one after another from lines that were set aside: the second pass over recordings whose users do not
 * stand together, or lie in several files. A part is in memory while it is read; a large one is read in rounds.
 */
import { Buffer, isUtf8 } from 'node:buffer';
import type { TimedBatch } from '../replayed.ts';
import { BATCH_RECORDS } from './bounds.ts';
import { dataError } from './fault.ts';
import { findHead, type LineHead } from './line-head.ts';
import { LineFaultError, textOf } from './lines.ts';
import { type OrderFault, UserOrder } from './order.ts';
import {
  lineInFile,
  noCounts,
  OrderFaultError,
  type PendingFault,
  type ReadingCounts,
  type ReadingOptions,
  type Stretch,
  TWO_USERS,
  type UserReading,
} from './reading.ts';
import { parseTimed, type TimedRecord } from './record-line.ts';
import { Selector } from './selection.ts';
import { eachSpilledLine, type ReadableSpill } from './spill.ts';
import { keyOfUser, type UserKey } from './user-key.ts';

/** A part of more bytes than this is read in rounds, each with its own users. */
const ROUND_BYTES = 32 * 1024 * 1024;
const PIECE_BYTES = 4 * 1024 * 1024;

export interface SpilledOptions extends ReadingOptions {
  /** The stretches that lines were set aside from, by their numbers, in the order of the files. */
  readonly stretches: readonly Stretch[];
  readonly roundBytes?: number;
}

/** Reads one part of a spill. */
export function readSpilledUsers(spill: ReadableSpill, part: number, options: SpilledOptions): UserReading {
  const counts = noCounts();
  return { batches: readBatches(spill, part, options, counts), counts };
}

async function* readBatches(
  spill: ReadableSpill,
  part: number,
  options: SpilledOptions,
  counts: ReadingCounts,
): AsyncGenerator<TimedBatch> {
  const selector = new Selector(options.selection, options.tzOffsetMinutes, options.chosen);
  // Only a user's records as a whole are asked about here; all else was decided when lines were set aside.
  Object.assign(counts, { leftOut: selector.leftOut });
  const bytes = spill.bytesOf(part);
  const files = fileNumbers(options.stretches);
  const rounds = Math.max(1, Math.ceil(bytes / (options.roundBytes ?? ROUND_BYTES)));
  for (let round = 0; round < rounds; round++) {
    const lines = loadRound(spill, part, bytes, { round, of: rounds });
    let batch = emptyBatch();
    for (const own of usersOf(lines)) {
      if (options.stop(counts.bytes)) {
        counts.stopped = true;
        break;
      }
      for (const timed of await recordsOf(own, { ...options, lines, files, counts, selector })) {
        batch.records.push(timed.record);
        batch.atMs.push(timed.atMs);
      }
      if (batch.records.length < BATCH_RECORDS) continue;
      counts.taken += batch.records.length;
      yield batch;
      batch = emptyBatch();
      // Lets timers, messages and signals in: nothing else here waits for anything.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (batch.records.length > 0) {
      counts.taken += batch.records.length;
      yield batch;
    }
    giveBack(lines.bytes);
    counts.bytes = Math.floor((bytes * (round + 1)) / rounds);
    if (counts.stopped) return;
  }
}

/** Lines of a round: all their bytes, and for each line where it stands and where it came from. */
interface RoundLines {
  readonly bytes: Buffer;
  readonly from: number[];
  readonly to: number[];
  readonly stretch: number[];
  readonly line: number[];
  readonly unterminated: boolean[];
}

interface Round {
  readonly round: number;
  readonly of: number;
}

function loadRound(spill: ReadableSpill, part: number, bytes: number, round: Round): RoundLines {
  const lines: RoundLines = {
    bytes: round.of === 1 ? readWhole(spill, part, bytes) : readRound(spill, part, bytes, round),
    from: [],
    to: [],
    stretch: [],
    line: [],
    unterminated: [],
  };
  eachSpilledLine(lines.bytes, (from, to, { stretch, line, unterminated }) => {
    lines.from.push(from);
    lines.to.push(to);
    lines.stretch.push(stretch);
    lines.line.push(line);
    lines.unterminated.push(unterminated);
  });
  return lines;
}

function readWhole(spill: ReadableSpill, part: number, bytes: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(bytes);
  return whole.subarray(0, spill.read(part, 0, whole));
}

/** Small ones may lie in memory that others use, too. */
const OWN_BYTES = 1024 * 1024;

/** Frees a round's bytes at once: the collector, which looks at the heap, would leave several rounds of them lying. */
function giveBack({ buffer }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= OWN_BYTES) buffer.transfer(0);
}

/** Only the lines of the round's users, still with their heads. */
function readRound(spill: ReadableSpill, part: number, bytes: number, { round, of }: Round): Buffer {
  const kept: Buffer[] = [];
  let piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let place = 0;
  const key: UserKey = { a: 0, b: 0 };
  while (place < bytes) {
    const filled = spill.read(part, place, piece);
    const seen = piece.subarray(0, filled);
    let at = 0;
    const used = eachSpilledLine(seen, (from, to) => {
      keyOfUser(userOf(seen, from, to), key);
      // The halves of a key that shard and part go by are the same for all here; their middle bits are not.
      if (((key.a >>> 16) ^ (key.b >>> 16)) % of === round) kept.push(Buffer.from(seen.subarray(at, to)));
      at = to;
    });
    if (used === 0 && filled === piece.length) {
      piece = Buffer.allocUnsafeSlow(piece.length * 2);
      continue;
    }
    if (used === 0) break;
    place += used;
  }
  return Buffer.concat(kept);
}

const head: LineHead = { atFrom: 0, userFrom: 0, userTo: 0 };

/** The user of a line that was set aside, which is known to have one. */
function userOf(bytes: Buffer, from: number, to: number): string {
  return findHead(bytes, from, to, head)
    ? bytes.toString('utf8', head.userFrom, head.userTo)
    : parseTimed(bytes.toString('utf8', from, to)).record.user;
}

/** The users of a round with the indexes of their lines, files in order and each file's lines in theirs. */
function usersOf(lines: RoundLines): Iterable<OwnLines> {
  const byUser = new Map<string, OwnLines>();
  for (let index = 0; index < lines.from.length; index++) {
    const user = userOf(lines.bytes, lines.from[index]!, lines.to[index]!);
    const own = byUser.get(user);
    if (own) own.indexes.push(index);
    else byUser.set(user, { user, indexes: [index] });
  }
  // Threads append as they read, so that lines of different stretches stand in any order.
  for (const { indexes } of byUser.values())
    indexes.sort((a, b) => lines.stretch[a]! - lines.stretch[b]! || lines.line[a]! - lines.line[b]!);
  return byUser.values();
}

interface OwnLines {
  readonly user: string;
  readonly indexes: number[];
}

/** One user's records in order of time, or none where the selection does not take the user. */
async function recordsOf(
  { user, indexes }: OwnLines,
  part: SpilledOptions & {
    readonly lines: RoundLines;
    /** The number of each stretch's file. */
    readonly files: readonly number[];
    readonly counts: ReadingCounts;
    readonly selector: Selector;
  },
): Promise<readonly TimedRecord[]> {
  const { lines, files, counts, selector } = part;
  const order = new UserOrder();
  const records: TimedRecord[] = [];
  let before = -1;
  for (const index of indexes) {
    // A stretch that was read again after its thread had crashed has left some lines twice.
    if (before >= 0 && isSameLine(lines, before, index)) continue;
    before = index;
    try {
      const text = textOf(lines.bytes, lines.from[index]!, lines.to[index]!, isUtf8At(lines, index));
      const timed = parseTimed(text);
      const { record, atMs } = timed;
      if (record.user !== user) throw new LineFaultError(TWO_USERS);
      const wrong: OrderFault | null = order.admit(
        record.id,
        record.at,
        atMs,
        index,
        files[lines.stretch[index]!],
      );
      if (wrong !== null) throw new OrderFaultError(wrong);
      records.push(timed);
    } catch (error) {
      if (!(error instanceof LineFaultError)) throw error;
      if (part.onBadLine === 'fail')
        throw await spilledError(
          lines,
          index,
          part.stretches,
          error instanceof OrderFaultError ? error.pending : error.fault,
        );
      counts.badLines += 1;
    }
  }
  if (!selector.takesUser(records.map(({ record }) => record))) return [];
  // Files may overlap in time; within a file times go up already, and equal times stay in the files' order.
  return records.sort((one, other) => one.atMs - other.atMs);
}

function isSameLine({ stretch, line }: RoundLines, one: number, other: number): boolean {
  return stretch[one] === stretch[other] && line[one] === line[other];
}

/** Numbers the files behind stretches: those of one file have one number. */
function fileNumbers(stretches: readonly Stretch[]): number[] {
  const numbers = new Map<string, number>();
  return stretches.map(({ file: { name } }) => {
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
}

function isUtf8At({ bytes, from, to }: RoundLines, index: number): boolean {
  return isUtf8(bytes.subarray(from[index], to[index]));
}

/** The error for a faulty line, with lines named by their numbers in their files. */
async function spilledError(
  lines: RoundLines,
  index: number,
  stretches: readonly Stretch[],
  fault: PendingFault,
): Promise<Error> {
  const stretchAt = (at: number): Stretch => stretches[lines.stretch[at]!]!;
  const { file } = stretchAt(index);
  let { reason } = fault;
  if (typeof reason === 'function') {
    // The fault names one other line; which it is shows only when it is asked to.
    let other = index;
    reason((at) => {
      other = at;
      return '';
    });
    const line = await lineInFile(stretchAt(other), lines.line[other]!);
    const { label } = stretchAt(other).file;
    reason = reason(() => (stretchAt(other).file === file ? `line ${line}` : `line ${line} of ${label}`));
  }
  const line = await lineInFile(stretchAt(index), lines.line[index]!);
  const unterminated = lines.unterminated[index]!;
  return dataError(file.label, file.compression, { line, unterminated }, { ...fault, reason });
}

function emptyBatch() {
  return { records: [] as TimedRecord['record'][], atMs: [] as number[] };
}
