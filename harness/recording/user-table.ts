/**
 * Which users a reading has passed, by their 64-bit keys in flat arrays: a map of names would take ten times the memory
 * and grow with the recording. Two users share a key once in a billion recordings of a hundred thousand users.
 */
import type { UserKey } from './user-key.ts';

const FIRST_SLOTS = 1024;

/** A set of users, each with a whole number from 0 to 2^32 − 1, such as a line. */
export class UserTable {
  /** Two halves of a key and its number in turn; a slot is free while `#used` says so. */
  #slots = new Uint32Array(FIRST_SLOTS * 3);
  #used = new Uint8Array(FIRST_SLOTS);
  #count = 0;

  /** A table of the users that `keys` gave, each with number 0. */
  static of(keys: Uint32Array): UserTable {
    const table = new UserTable();
    for (let at = 0; at + 1 < keys.length; at += 2) table.set({ a: keys[at]!, b: keys[at + 1]! }, 0);
    return table;
  }

  get size(): number {
    return this.#count;
  }

  /** The number of a user; -1 where the user was not passed. */
  get({ a, b }: UserKey): number {
    const slot = this.#slotOf(a, b);
    return this.#used[slot] === 1 ? this.#slots[slot * 3 + 2]! : -1;
  }

  set({ a, b }: UserKey, number: number): void {
    if (this.#count * 3 >= this.#used.length * 2) this.#grow();
    const slot = this.#slotOf(a, b);
    if (this.#used[slot] === 0) this.#count += 1;
    this.#put(slot, a, b, number);
  }

  /** The keys, two numbers each, in ascending order: the same users give the same array. */
  keys(): Uint32Array<ArrayBuffer> {
    const keys: UserKey[] = [];
    for (let slot = 0; slot < this.#used.length; slot++)
      if (this.#used[slot] === 1) keys.push({ a: this.#slots[slot * 3]!, b: this.#slots[slot * 3 + 1]! });
    keys.sort((one, other) => one.a - other.a || one.b - other.b);
    return Uint32Array.from(keys.flatMap(({ a, b }) => [a, b]));
  }

  /** All users with their numbers, in no order. */
  *entries(): Generator<{ readonly key: UserKey; readonly number: number }> {
    for (let slot = 0; slot < this.#used.length; slot++) {
      if (this.#used[slot] === 0) continue;
      const key = { a: this.#slots[slot * 3]!, b: this.#slots[slot * 3 + 1]! };
      yield { key, number: this.#slots[slot * 3 + 2]! };
    }
  }

  #put(slot: number, a: number, b: number, number: number): void {
    this.#used[slot] = 1;
    this.#slots[slot * 3] = a;
    this.#slots[slot * 3 + 1] = b;
    this.#slots[slot * 3 + 2] = number;
  }

  /** The slot that holds the key, or the free one where it belongs. */
  #slotOf(a: number, b: number): number {
    const mask = this.#used.length - 1;
    let slot = (a ^ (b >>> 7)) & mask;
    while (this.#used[slot] === 1 && (this.#slots[slot * 3] !== a || this.#slots[slot * 3 + 1] !== b))
      slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [slots, used] = [this.#slots, this.#used];
    this.#slots = new Uint32Array(slots.length * 2);
    this.#used = new Uint8Array(used.length * 2);
    for (let slot = 0; slot < used.length; slot++) {
      if (used[slot] === 0) continue;
      const [a, b] = [slots[slot * 3]!, slots[slot * 3 + 1]!];
      this.#put(this.#slotOf(a, b), a, b, slots[slot * 3 + 2]!);
    }
  }
}
