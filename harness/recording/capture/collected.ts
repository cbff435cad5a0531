/**
 * Bytes as they pass by, kept without copying and never beyond a bound. Apart from what collects them because
 * request bodies, answers and upstream answers all share one budget of memory.
 */

/** The bytes that all collections together may hold. */
export class ByteBudget {
  readonly #most: number;
  #used = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get used(): number {
    return this.#used;
  }

  /** True, and spent, when so many bytes are left. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#most) return false;
    this.#used += bytes;
    return true;
  }

  /** Spends what is in use already, whether or not it is left. */
  force(bytes: number): void {
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

/** A piece as it passed by: bytes, or text that was sent as UTF-8. */
export type Piece = Uint8Array | string;

export class Collected {
  readonly #budget: ByteBudget;
  readonly #most: number;
  #pieces: Piece[] = [];
  #bytes = 0;
  #freed = false;
  /** Why the bytes are not all here, if they are not. */
  lost: 'too_large' | 'queue_full' | null = null;

  /** `most` is the bound of this collection alone, in bytes. */
  constructor(budget: ByteBudget, most: number) {
    this.#budget = budget;
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a chunk; beyond a bound everything is let go. Text without an encoding is UTF-8. */
  add(chunk: unknown, encoding?: unknown): void {
    if (this.#freed) return;
    const piece = pieceOf(chunk, encoding);
    const length = piece === null ? 0 : Buffer.byteLength(piece);
    if (piece === null || length === 0) return;
    if (this.#bytes + length > this.#most) this.#lose('too_large');
    else if (!this.#budget.take(length)) this.#lose('queue_full');
    else {
      this.#bytes += length;
      this.#pieces.push(piece);
    }
  }

  pieces(): readonly Piece[] {
    return this.#pieces;
  }

  /** Lets go of what was kept and keeps nothing more. */
  free(): void {
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
    this.#pieces = [];
    this.#freed = true;
  }

  #lose(reason: 'too_large' | 'queue_full'): void {
    this.free();
    this.lost = reason;
  }
}

/** Most answers are one text, which need not become bytes while somebody waits for it. */
function pieceOf(chunk: unknown, encoding: unknown): Piece | null {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk !== 'string') return null;
  const isUtf8 = typeof encoding !== 'string' || encoding === 'utf8' || encoding === 'utf-8';
  return isUtf8 ? chunk : Buffer.from(chunk, encoding as BufferEncoding);
}
