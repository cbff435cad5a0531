/**
 * A user as a number: which shard and part a user belongs to, and whether a sample takes it. The same on every machine
 * and in every run, because a sample of 10% must be within one of 50%, and two shards must never both have a user.
 */
import { hash } from 'node:crypto';

/** A user's hash in two halves of 32 bits. */
export interface UserKey {
  a: number;
  b: number;
}

/**
 * Hashes the UTF-8 bytes of a user: per byte xor and multiply in both halves, then the finaliser of MurmurHash3. Not
 * cryptographic; it spreads users evenly over parts and costs a few nanoseconds a byte.
 */
export function keyOfBytes(bytes: Uint8Array, from: number, to: number, key: UserKey): void {
  let a = 0x9747b28c;
  let b = 0x1b873593;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    a = Math.imul(a ^ byte, 0x9e3779b1);
    b = Math.imul(b ^ byte, 0x85ebca77) + a;
    a ^= a >>> 15;
  }
  key.a = avalanche(a ^ (to - from));
  key.b = avalanche(b ^ key.a);
}

function avalanche(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

const scratch = new Uint8Array(4096);
const encoder = new TextEncoder();

/** The same hash of a user as text. */
export function keyOfUser(user: string, key: UserKey): void {
  if (user.length * 3 <= scratch.length) {
    const { written } = encoder.encodeInto(user, scratch);
    keyOfBytes(scratch, 0, written, key);
    return;
  }
  const bytes = encoder.encode(user);
  keyOfBytes(bytes, 0, bytes.length, key);
}

/** Samples are counted in ten-thousandths, as shares of a rollout are. */
export const SAMPLE_STEPS = 10_000;

/**
 * A user's place in a sample, 0–9999: the first 8 bytes of SHA-256 of `golem-sample:`, the seed, `:` and the user, as
 * an unsigned integer modulo 10,000. A sample of p takes the users below p × 10,000, so smaller samples lie within
 * larger ones. The prefix differs from that of any flag's share, so that sample and share are independent.
 */
export function samplePlace(seed: string, user: string): number {
  const digest = hash('sha256', `golem-sample:${seed}:${user}`, 'buffer');
  const high = digest.readUInt32BE(0) % SAMPLE_STEPS;
  // 2^32 modulo 10,000 is 7,296.
  return (high * 7_296 + (digest.readUInt32BE(4) % SAMPLE_STEPS)) % SAMPLE_STEPS;
}
