/**
 * Whole numbers as few bytes: seven bits a byte, the lowest first, the eighth saying that more follow (LEB128). Apart
 * from what is packed, because small counts in their millions are what makes a tally large.
 */

const FIRST_BYTES = 1024;

/** Grows as it is written to. */
export class NumberWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  /** Writes a whole number from 0 to 2^53 − 1. */
  write(value: number): void {
    if (this.#length + 8 > this.#bytes.length) this.#grow();
    let rest = value;
    // Bitwise operators see 32 bits only; what is larger is divided down to that first.
    while (rest > 0x7fffffff) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Writes a whole number of either sign; small ones of both signs stay short. */
  writeSigned(value: number): void {
    this.write(value < 0 ? -value * 2 - 1 : value * 2);
  }

  /** What was written so far, in memory of its own. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(): void {
    const grown = new Uint8Array(this.#bytes.length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/** Reads what a `NumberWriter` wrote, in the same order. */
export class NumberReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Throws a `RangeError` where the bytes end too soon. */
  read(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError('packed numbers break off');
      if (byte < 128) return value + byte * scale;
      value += (byte & 127) * scale;
      scale *= 128;
    }
  }

  readSigned(): number {
    const value = this.read();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  /** True when nothing is left to read. */
  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }
}
