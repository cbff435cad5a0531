/**
 * Lines set aside by part of the users, on disk or in memory: what lets a recording in any order be replayed user by
 * user in bounded memory. Files lose their name as soon as they are open, so whatever ends the process frees them.
 */
import { Buffer } from 'node:buffer';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  fstatSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GolemError } from '../errors.ts';
import { diskRefusal } from './disk-refusal.ts';

/** A line in a spill: its bytes, and where they came from. */
export interface SpilledLine {
  /** Index of the stretch it was read from. */
  readonly stretch: number;
  /** Its number there. */
  readonly line: number;
  readonly unterminated: boolean;
}

/** Length and flags, stretch, and line number, 4 bytes each. */
const HEAD_BYTES = 12;
const UNTERMINATED = 0x8000_0000;
const LENGTH = 0x7fff_ffff;

/** Where a part's lines are set aside. Bytes appended in one go stay together, whoever else appends. */
export interface Spill {
  append(part: number, bytes: Uint8Array): void;
}

/** A spill that can be read back, part by part. */
export interface ReadableSpill {
  bytesOf(part: number): number;
  /** Fills `into` from a place in a part's bytes; returns how many there were. */
  read(part: number, place: number, into: Buffer): number;
}

/** Bytes that wait for being appended, over all parts of one writer. */
const WAITING_BYTES = 8 * 1024 * 1024;
const MOST_WAITING_BYTES = 256 * 1024;
const LEAST_WAITING_BYTES = 16 * 1024;

/** Puts lines into their parts, some at a time: a system call a line would cost more than parsing it. */
export class SpillWriter {
  readonly #spill: Spill;
  readonly #waiting: (Buffer | null)[];
  readonly #filled: Int32Array;
  readonly #size: number;

  constructor(spill: Spill, parts: number) {
    this.#spill = spill;
    this.#waiting = new Array<Buffer | null>(parts).fill(null);
    this.#filled = new Int32Array(parts);
    const share = Math.floor(WAITING_BYTES / parts);
    this.#size = Math.min(MOST_WAITING_BYTES, Math.max(LEAST_WAITING_BYTES, share));
  }

  add(part: number, bytes: Buffer, from: number, to: number, place: SpilledLine): void {
    const needed = HEAD_BYTES + to - from;
    if (this.#filled[part]! + needed > this.#size) this.#flush(part);
    if (needed > this.#size) {
      const alone = Buffer.allocUnsafe(needed);
      putLine(alone, 0, bytes, from, to, place);
      this.#spill.append(part, alone);
      return;
    }
    let waiting = this.#waiting[part];
    if (!waiting) {
      waiting = Buffer.allocUnsafeSlow(this.#size);
      this.#waiting[part] = waiting;
    }
    putLine(waiting, this.#filled[part]!, bytes, from, to, place);
    this.#filled[part]! += needed;
  }

  /** Hands on what still waits. */
  finish(): void {
    for (let part = 0; part < this.#filled.length; part++) this.#flush(part);
  }

  #flush(part: number): void {
    const filled = this.#filled[part]!;
    if (filled === 0) return;
    this.#spill.append(part, this.#waiting[part]!.subarray(0, filled));
    this.#filled[part] = 0;
  }
}

function putLine(
  into: Buffer,
  at: number,
  bytes: Buffer,
  from: number,
  to: number,
  { stretch, line, unterminated }: SpilledLine,
): void {
  into.writeUInt32LE(((to - from) | (unterminated ? UNTERMINATED : 0)) >>> 0, at);
  into.writeUInt32LE(stretch, at + 4);
  into.writeUInt32LE(line, at + 8);
  bytes.copy(into, at + HEAD_BYTES, from, to);
}

/** Visits the lines that stand whole in `bytes`; returns how many bytes they take. */
export function eachSpilledLine(
  bytes: Buffer,
  visit: (from: number, to: number, place: SpilledLine) => void,
): number {
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const head = bytes.readUInt32LE(at);
    const from = at + HEAD_BYTES;
    const to = from + (head & LENGTH);
    if (to > bytes.length) break;
    visit(from, to, {
      stretch: bytes.readUInt32LE(at + 4),
      line: bytes.readUInt32LE(at + 8),
      unterminated: (head & UNTERMINATED) !== 0,
    });
    at = to;
  }
  return at;
}

/** A spill in memory, for recordings that are small. */
export class MemorySpill implements Spill, ReadableSpill {
  readonly #parts: Buffer[][];

  constructor(parts: number) {
    this.#parts = Array.from({ length: parts }, () => []);
  }

  append(part: number, bytes: Uint8Array): void {
    this.#parts[part]!.push(Buffer.from(bytes));
  }

  bytesOf(part: number): number {
    return this.#parts[part]!.reduce((sum, { length }) => sum + length, 0);
  }

  read(part: number, place: number, into: Buffer): number {
    let before = 0;
    let filled = 0;
    for (const piece of this.#parts[part]!) {
      const from = place + filled - before;
      if (from < piece.length && filled < into.length) filled += piece.copy(into, filled, Math.max(0, from));
      before += piece.length;
    }
    return filled;
  }
}

/** A spill on disk that other threads of the process may use by its descriptors, one a part. */
export class DiskSpill implements Spill, ReadableSpill {
  readonly descriptors: readonly number[];

  constructor(descriptors: readonly number[]) {
    this.descriptors = descriptors;
  }

  append(part: number, bytes: Uint8Array): void {
    const written = onDisk(() => writeSync(this.descriptors[part]!, bytes));
    if (written === bytes.length) return;
    // Why it took less is said by what it does with the rest. Another thread's lines may stand between by then.
    onDisk(() => writeSync(this.descriptors[part]!, bytes.subarray(written)));
    throw diskFull('the disk is full');
  }

  bytesOf(part: number): number {
    return onDisk(() => fstatSync(this.descriptors[part]!).size);
  }

  read(part: number, place: number, into: Buffer): number {
    let filled = 0;
    while (filled < into.length) {
      const read = onDisk(() =>
        readSync(this.descriptors[part]!, into, filled, into.length - filled, place + filled),
      );
      if (read === 0) break;
      filled += read;
    }
    return filled;
  }
}

/** A spill whose files are this process' own, until it closes them or ends. */
export interface OwnSpill {
  readonly spill: DiskSpill;
  close(): void;
}

/** Makes a spill of so many parts in a folder, by default the system's for temporary files. */
export function openDiskSpill(parts: number, folder = tmpdir()): OwnSpill {
  const own = onDisk(() => mkdtempSync(join(folder, 'golem-parts-')));
  const descriptors: number[] = [];
  const names: string[] = [];
  try {
    for (let part = 0; part < parts; part++) {
      const name = join(own, String(part));
      descriptors.push(onDisk(() => openSync(name, 'ax+', 0o600)));
      names.push(name);
      unlinkWhereOpen(name);
    }
  } catch (error) {
    for (const descriptor of descriptors) closeSync(descriptor);
    rmSync(own, { recursive: true, force: true });
    throw error;
  }
  // Where open files keep their names (Windows), the folder goes at the end.
  const remove = () => rmSync(own, { recursive: true, force: true });
  if (process.platform !== 'win32') remove();
  process.once('exit', remove);
  return {
    spill: new DiskSpill(descriptors),
    close() {
      for (const descriptor of descriptors) closeSync(descriptor);
      process.off('exit', remove);
      remove();
    },
  };
}

function unlinkWhereOpen(name: string): void {
  if (process.platform !== 'win32') unlinkSync(name);
}

function onDisk<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const refused = diskRefusal(join(tmpdir(), 'parts'), error);
    if (refused === null) throw error;
    // Another folder helps with everything but a limit on files themselves.
    const isLimit = (error as NodeJS.ErrnoException).code === 'EFBIG';
    throw diskFull(refused.reason, error, isLimit ? refused.next : undefined);
  }
}

function diskFull(
  reason: string,
  cause?: unknown,
  next = 'TMPDIR=/a/larger/folder golem replay …',
): GolemError {
  return new GolemError(
    {
      kind: 'unavailable',
      verb: 'set records aside in',
      subject: 'the folder for temporary files',
      reason,
      next,
    },
    { cause },
  );
}
