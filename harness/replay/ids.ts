/**
 * Identifiers of a replay: a function of seed, user and record, never of a global sequence, so that any cut of the
 * users over processes makes the same ids. They look like the real ones, since columns and parsers are real.
 */
import type { Ids } from '../migration.ts';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Four lanes of 32 bits. */
export type Lanes = [number, number, number, number];

const MULTIPLIERS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;

/**
 * Mixes a text into four lanes: per code unit xor and multiply in each lane, then the avalanche of MurmurHash3's
 * 32-bit finaliser. Not cryptographic: ids need to be distinct and repeatable, not secret.
 */
export function mixText(start: Readonly<Lanes>, text: string): Lanes {
  let [a, b, c, d] = start;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, MULTIPLIERS[0]);
    b = Math.imul(b ^ unit, MULTIPLIERS[1]) + a;
    c = Math.imul(c ^ unit, MULTIPLIERS[2]) + b;
    d = Math.imul(d ^ unit, MULTIPLIERS[3]) + c;
  }
  return [avalanche(a ^ d), avalanche(b ^ a), avalanche(c ^ b), avalanche(d ^ c)];
}

function avalanche(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function hex32(value: number): string {
  return HEX[value >>> 24]! + HEX[(value >>> 16) & 255]! + HEX[(value >>> 8) & 255]! + HEX[value & 255]!;
}

const NONE: ReadonlyMap<string, string> = new Map();

/** Issues ids for one record after another. With `keepIssued` it can say which record an id came from. */
export class SeededIds implements Ids {
  readonly #seed: Lanes;
  #issued: Map<string, string> | null;
  #user = '';
  #userLanes: Lanes;
  #recordId = '';
  #lanes: Lanes;
  /** Ids issued for the record so far, by kind. */
  readonly #kinds = new Map<string, number>();
  #count = 0;
  #uuidPrefix = '';
  #shortMs = -1;
  #shortPrefix = '';

  constructor(seed: string, options: { readonly keepIssued: boolean }) {
    this.#seed = mixText([1, 2, 3, 4], seed);
    this.#userLanes = this.#seed;
    this.#lanes = this.#seed;
    this.#issued = options.keepIssued ? new Map() : null;
  }

  /** The ids that follow belong to this record of this user. */
  begin(user: string, recordId: string): void {
    if (user !== this.#user) {
      this.#user = user;
      this.#userLanes = mixText(this.#seed, user);
    }
    this.#recordId = recordId;
    this.#lanes = mixText(this.#userLanes, recordId);
    this.#count = 0;
    this.#uuidPrefix = '';
    this.#shortPrefix = '';
    if (this.#issued) this.#kinds.clear();
  }

  /** Ids issued so far with a label such as `log r0003`; empty unless kept. */
  get issued(): ReadonlyMap<string, string> {
    return this.#issued ?? NONE;
  }

  /** Starts a new set of issued ids; a set handed out before stays as it was. */
  forgetIssued(): void {
    if (this.#issued) this.#issued = new Map();
  }

  uuid(kind: string): string {
    if (this.#uuidPrefix === '') {
      const [a, b, c, d] = this.#lanes;
      const second = hex32(b);
      const third = hex32(c);
      const variant = BASE64URL[26 + ((c >>> 30) & 1)]; // 'a' or 'b': the variant bits 10
      this.#uuidPrefix =
        `${hex32(a)}-${second.slice(0, 4)}-4${second.slice(5)}-` +
        `${variant}${third.slice(1, 4)}-${third.slice(4)}${HEX[d >>> 24]}${HEX[(d >>> 16) & 255]}`;
    }
    const count = this.#count++;
    const id = this.#uuidPrefix + HEX[(count >>> 8) & 255]! + HEX[count & 255]!;
    this.#keep(id, kind);
    return id;
  }

  shortUuid7(kind: string, nowMs: number): string {
    if (nowMs !== this.#shortMs || this.#shortPrefix === '') {
      const [a, b, c] = this.#lanes;
      this.#shortMs = nowMs;
      // 48 bits of time, then the version 7 in bits 48–51 and the variant 10 in bits 64–65; the rest is the record's.
      this.#shortPrefix =
        encode24(Math.floor(nowMs / 0x1000000)) +
        encode24(nowMs % 0x1000000) +
        BASE64URL[0x1c | (a & 3)]! +
        BASE64URL[(a >>> 2) & 63]! +
        BASE64URL[(((a >>> 8) & 15) << 2) | 2]! +
        encode24(b & 0xffffff) +
        encode24(c & 0xffffff);
    }
    const count = this.#count++;
    // The last character holds two bits of the id above four bits of padding, which are zero.
    const last = BASE64URL[(this.#lanes[3] & 3) << 4]!;
    const id = this.#shortPrefix + BASE64URL[(count >>> 6) & 63]! + BASE64URL[count & 63]! + last;
    this.#keep(id, kind);
    return id;
  }

  #keep(id: string, kind: string): void {
    if (!this.#issued) return;
    const count = (this.#kinds.get(kind) ?? 0) + 1;
    this.#kinds.set(kind, count);
    const label = `${kind} ${this.#recordId}`;
    this.#issued.set(id, count === 1 ? label : `${label} ${count}`);
  }
}

/** Four characters of base64url for 24 bits. */
function encode24(bits: number): string {
  return (
    BASE64URL[(bits >>> 18) & 63]! +
    BASE64URL[(bits >>> 12) & 63]! +
    BASE64URL[(bits >>> 6) & 63]! +
    BASE64URL[bits & 63]!
  );
}
