/**
 * The files of a capture: lines are gathered, written in batches, and each file is completed whole before the next
 * begins. A file is plain until it is complete, so that one cut off by a kill is readable to its last whole line; its
 * header has room to spare and is written again with each batch, so that times and losses in it are never stale.
 */
import type { RecordingHeader } from '../format.ts';
import { renderHeader } from '../write.ts';
import { FLUSH_CHARACTERS } from './bounds.ts';
import type { Destination, FileNames } from './destination.ts';
import type { Disk, DiskFile } from './disk.ts';
import type { Dropped, DropReason } from './losses.ts';

/** Bytes kept free behind a header for the losses it may have to tell of. */
const HEADER_ROOM = 256;

/** When a file is completed and the next begun; null for never. */
export interface Rotation {
  readonly bytes: number | null;
  readonly ms: number | null;
}

export interface RecordingFilesOptions {
  readonly disk: Disk;
  readonly destination: Destination;
  readonly header: Omit<RecordingHeader, 'captured'>;
  readonly rotation: Rotation;
  readonly nowMs: () => number;
  /** Losses so far by reason, for the header. */
  readonly dropped: () => Dropped;
  /** So many lines did not reach the disk. */
  readonly onLost: (lines: number) => void;
  /** Something went to the disk, or was refused by it. */
  readonly onFlushed?: () => void;
}

interface OpenFile {
  readonly file: DiskFile;
  readonly path: string;
  readonly unfinished: string;
  readonly openedAtMs: number;
  readonly headerBytes: number;
  position: number;
  fromMs: number;
  toMs: number;
  readonly droppedBefore: Dropped;
}

export class RecordingFiles {
  readonly #options: RecordingFilesOptions;
  #open: OpenFile | null = null;
  #sequence = 0;
  #lines: string[] = [];
  #characters = 0;
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.NEGATIVE_INFINITY;
  /** The batch on its way to the disk. */
  #writing: Buffer | null = null;
  #writingLines = 0;
  #written = 0;
  #completed: string[] = [];
  /** Files being compressed. */
  readonly #compressing = new Set<Promise<void>>();
  #failure: string | null = null;

  constructor(options: RecordingFilesOptions) {
    this.#options = options;
  }

  /** Lines that stand on the disk. */
  get written(): number {
    return this.#written;
  }

  /** Lines that are gathered or on their way. */
  get pending(): number {
    return this.#lines.length + this.#writingLines;
  }

  /** Paths of the completed files, in order. */
  get completed(): readonly string[] {
    return this.#completed;
  }

  /** What the disk said when it last refused, or null. */
  get failure(): string | null {
    return this.#failure;
  }

  /** True when what is gathered is worth a trip to the disk. */
  get isFull(): boolean {
    return this.#characters >= FLUSH_CHARACTERS;
  }

  /** Gathers a line, without its newline, of a write that arrived at `atMs`. */
  add(line: string, atMs: number): void {
    this.#lines.push(line);
    this.#characters += line.length + 1;
    this.#fromMs = Math.min(this.#fromMs, atMs);
    this.#toMs = Math.max(this.#toMs, atMs);
  }

  /** Writes what was gathered and completes the file if its time or size is up. Not to be called twice at once. */
  async flush(): Promise<void> {
    if (this.#lines.length > 0) await this.#writeBatch();
    if (this.#open !== null && this.#isDue(this.#open)) await this.#complete(this.#open);
  }

  /** Writes what was gathered and completes the file; a capture of nothing into one file is a recording of nothing. */
  async finish(): Promise<void> {
    await this.flush();
    if (this.#open === null && !this.#options.destination.isFolder && this.#sequence === 0) {
      await this.#attempt(0, async () => {
        await this.#create();
      });
    }
    if (this.#open !== null) await this.#complete(this.#open);
    await Promise.all(this.#compressing);
  }

  /** For a process that ends without `finish`: puts down what was gathered. The file stays unfinished. */
  flushNow(): void {
    const gathered = this.#writing ?? Buffer.alloc(0);
    const lines = this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    if (gathered.length === 0 && lines === '') return;
    try {
      const open = this.#open ?? this.#createNow();
      open.fromMs = Math.min(open.fromMs, this.#fromMs);
      open.toMs = Math.max(open.toMs, this.#toMs);
      open.file.writeNow(this.#paddedHeader(open), 0);
      // A batch on its way may not arrive any more; at its own position it may as well be written twice.
      open.file.writeNow(Buffer.concat([gathered, Buffer.from(lines)]), open.position);
    } catch {
      // The process is ending: there is nobody left to tell.
    }
  }

  async #writeBatch(): Promise<void> {
    const lines = this.#lines;
    const [fromMs, toMs] = [this.#fromMs, this.#toMs];
    this.#lines = [];
    this.#characters = 0;
    this.#fromMs = Number.POSITIVE_INFINITY;
    this.#toMs = Number.NEGATIVE_INFINITY;
    this.#writingLines = lines.length;
    await this.#attempt(lines.length, async () => {
      const open = this.#open ?? (await this.#create());
      open.fromMs = Math.min(open.fromMs, fromMs);
      open.toMs = Math.max(open.toMs, toMs);
      // A new file gets its header first, so that it is a recording from its first byte on.
      if (open.position === open.headerBytes) await open.file.write(this.#paddedHeader(open), 0);
      const bytes = Buffer.from(`${lines.join('\n')}\n`);
      this.#writing = bytes;
      await open.file.write(bytes, open.position);
      open.position += bytes.length;
      this.#written += lines.length;
    });
    const open = this.#open;
    if (open !== null) await this.#attempt(0, () => open.file.write(this.#paddedHeader(open), 0));
  }

  /** Runs what may fail on the disk. After a failure the same file goes on at the same position. */
  async #attempt(lines: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#failure = reasonOf(error);
      this.#options.onLost(lines);
    } finally {
      this.#writing = null;
      this.#writingLines = 0;
      this.#options.onFlushed?.();
    }
  }

  async #create(): Promise<OpenFile> {
    const { destination, disk, nowMs } = this.#options;
    const openedAtMs = nowMs();
    const names = destination.names(this.#sequence + 1, openedAtMs);
    return this.#opened(await disk.create(names.unfinished), names, openedAtMs);
  }

  #createNow(): OpenFile {
    const { destination, disk, nowMs } = this.#options;
    const openedAtMs = nowMs();
    const names = destination.names(this.#sequence + 1, openedAtMs);
    return this.#opened(disk.createNow(names.unfinished), names, openedAtMs);
  }

  #opened(file: DiskFile, names: FileNames, openedAtMs: number): OpenFile {
    this.#sequence += 1;
    const headerBytes = Buffer.byteLength(this.#headerLine(openedAtMs, openedAtMs, {})) + HEADER_ROOM + 1;
    this.#open = {
      file,
      path: names.final,
      unfinished: names.unfinished,
      openedAtMs,
      headerBytes,
      position: headerBytes,
      fromMs: Number.POSITIVE_INFINITY,
      toMs: Number.NEGATIVE_INFINITY,
      droppedBefore: this.#droppedReported,
    };
    return this.#open;
  }

  /** Losses that headers of earlier files have told of. */
  #droppedReported: Dropped = {};

  #headerLine(fromMs: number, toMs: number, dropped: Readonly<Record<string, number>>): string {
    const captured = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
    const header: RecordingHeader = { ...this.#options.header, captured };
    return renderHeader(Object.keys(dropped).length === 0 ? header : { ...header, dropped });
  }

  #headerOf(open: OpenFile): string {
    const now = this.#options.dropped();
    const since = (Object.keys(now) as DropReason[])
      .map((reason) => [reason, (now[reason] ?? 0) - (open.droppedBefore[reason] ?? 0)] as const)
      .filter(([, count]) => count > 0);
    const [fromMs, toMs] = Number.isFinite(open.fromMs)
      ? [open.fromMs, open.toMs]
      : [open.openedAtMs, open.openedAtMs];
    const line = this.#headerLine(fromMs, toMs, Object.fromEntries(since));
    if (Buffer.byteLength(line) < open.headerBytes) return line;
    const total = since.reduce((sum, [, count]) => sum + count, 0);
    return this.#headerLine(fromMs, toMs, { all: total });
  }

  #paddedHeader(open: OpenFile): Buffer {
    const line = this.#headerOf(open);
    const padding = ' '.repeat(open.headerBytes - 1 - Buffer.byteLength(line));
    return Buffer.from(`${line}${padding}\n`);
  }

  #isDue(open: OpenFile): boolean {
    const { rotation, nowMs } = this.#options;
    return (
      (rotation.bytes !== null && open.position >= rotation.bytes) ||
      (rotation.ms !== null && nowMs() - open.openedAtMs >= rotation.ms)
    );
  }

  async #complete(open: OpenFile): Promise<void> {
    const { disk, dropped } = this.#options;
    this.#open = null;
    await this.#attempt(0, async () => {
      await open.file.write(this.#paddedHeader(open), 0);
      await open.file.complete(open.position);
      await open.file.close();
      this.#droppedReported = { ...dropped() };
      if (open.path.endsWith('.gz') || open.path.endsWith('.zst')) {
        this.#compress(open);
        return;
      }
      await disk.rename(open.unfinished, open.path);
      this.#completed.push(open.path);
    });
  }
  /** Compresses in the background: the next file is under way meanwhile. */
  #compress(open: OpenFile): void {
    const { disk, onFlushed } = this.#options;
    const head = `${this.#headerOf(open)}\n`;
    const work = disk.compress(open.unfinished, open.headerBytes, head, open.path).then(
      () => void this.#completed.push(open.path),
      (error: unknown) => {
        // Nothing is lost: the uncompressed file stays.
        this.#failure = reasonOf(error);
      },
    );
    this.#compressing.add(work);
    void work.finally(() => {
      this.#compressing.delete(work);
      onFlushed?.();
    });
  }
}

/** The system's word without the path it quotes. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : 'unknown';
}
