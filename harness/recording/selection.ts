/**
 * Which records of a recording a run takes: whole users by shard, sample, name and what they sent, whole local days by
 * date. The tests run in the order of their cost, the first of them on raw bytes, so that what is left out stays cheap.
 */
import type { RecordedWrite } from './format.ts';
import { AT_BYTES, findHead, type LineHead } from './line-head.ts';
import { parseAt } from './timestamp.ts';
import { keyOfBytes, keyOfUser, SAMPLE_STEPS, samplePlace, type UserKey } from './user-key.ts';
import type { UserTable } from './user-table.ts';
import { type Clause, recordMatches, userMatches } from './where.ts';

/** What a run takes, as plain values: the same on every machine. */
export interface Selection {
  /** What the sample is drawn with. */
  readonly seed: string;
  /** Users taken, in ten-thousandths; null for all. */
  readonly sample: number | null;
  /** Takes the sample by kinds of users, see `stratify.ts`; null for none. */
  readonly stratify: 'records' | null;
  /** Only these users; null for all. */
  readonly users: readonly string[] | null;
  /** First and last local date, YYYY-MM-DD, both taken; null for no bound. */
  readonly since: string | null;
  readonly until: string | null;
  /** A user is taken when one of his records of the chosen days satisfies every clause. */
  readonly where: readonly Clause[];
  /** Of so many shards only this one, from 0; null for all. */
  readonly shard: Share | null;
}

/** One of so many disjoint sets of users, from 0. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

export const EVERYTHING: Selection = {
  seed: '',
  sample: null,
  stratify: null,
  users: null,
  since: null,
  until: null,
  where: [],
  shard: null,
};

/** Records that were seen and not taken, by what left them out. Those of other shards are not counted at all. */
export interface LeftOut {
  sample: number;
  users: number;
  where: number;
  dates: number;
}

export function nothingLeftOut(): LeftOut {
  return { sample: 0, users: 0, where: 0, dates: 0 };
}

/** True where the selection takes every record. */
export function takesEverything({ sample, users, since, until, where, shard }: Selection): boolean {
  return (
    sample === null && users === null && since === null && until === null && where.length === 0 && !shard
  );
}

const DAY_MS = 86_400_000;
/** Places of users seen lately; a recording that is not grouped comes back to the same users again and again. */
const REMEMBERED = 8_192;

/** What becomes of a line: it is taken, left out, of another shard, or has to be parsed to be known. */
export type LineFate = 'taken' | 'left' | 'elsewhere' | 'unknown';

/** Tests the records of one recording; a class, because it remembers the user at hand and counts what it leaves out. */
export class Selector {
  readonly leftOut: LeftOut = nothingLeftOut();
  /** Key of the user of the line looked at last; valid while its fate was not `unknown`. */
  readonly key: UserKey = { a: 0, b: 0 };
  readonly #selection: Selection;
  readonly #users: ReadonlySet<string> | null;
  readonly #userClauses: readonly Clause[];
  readonly #recordClauses: readonly Clause[];
  readonly #chosen: UserTable | null;
  readonly #sinceMs: number;
  readonly #untilMs: number;
  readonly #head: LineHead = { atFrom: 0, userFrom: 0, userTo: 0 };
  readonly #places = new Uint16Array(REMEMBERED);
  readonly #placeKeys = new Uint32Array(REMEMBERED * 2);
  /** The user of the line before and what became of it, since users mostly stand together. */
  #last: Uint8Array = new Uint8Array(0);
  #lastLength = -1;
  #lastFate: 'taken' | keyof LeftOut | 'elsewhere' = 'taken';

  /** `chosen` are the users that a stratified sample has taken. */
  constructor(selection: Selection, tzOffsetMinutes: number, chosen: UserTable | null = null) {
    this.#selection = selection;
    this.#users = selection.users && new Set(selection.users);
    this.#userClauses = selection.where.filter(({ field }) => field === 'user');
    this.#recordClauses = selection.where.filter(({ field }) => field !== 'user');
    this.#chosen = chosen;
    const midnightMs = (date: string): number =>
      Date.parse(`${date}T00:00:00.000Z`) - tzOffsetMinutes * 60_000;
    this.#sinceMs = selection.since === null ? Number.NEGATIVE_INFINITY : midnightMs(selection.since);
    this.#untilMs =
      selection.until === null ? Number.POSITIVE_INFINITY : midnightMs(selection.until) + DAY_MS;
  }

  /** True where a user's records have to be seen before it is known whether the user is taken. */
  get asksRecords(): boolean {
    return this.#recordClauses.length > 0;
  }

  /** What becomes of a line by its bytes alone; what is left out is counted. */
  lineFate(bytes: Uint8Array, from: number, to: number): LineFate {
    const head = this.#head;
    if (!findHead(bytes, from, to, head)) return 'unknown';
    if (!this.#isLast(bytes, head.userFrom, head.userTo)) {
      this.#keepLast(bytes, head.userFrom, head.userTo);
      keyOfBytes(bytes, head.userFrom, head.userTo, this.key);
      this.#lastFate = this.#userFate(() => this.userOfLine(bytes));
    }
    return this.#count(this.#lastFate, () => {
      if (this.#sinceMs === Number.NEGATIVE_INFINITY && this.#untilMs === Number.POSITIVE_INFINITY)
        return true;
      let at = '';
      for (let index = 0; index < AT_BYTES; index++) at += String.fromCharCode(bytes[head.atFrom + index]!);
      const atMs = parseAt(at);
      // A time of another form is a fault, for which the line is parsed.
      return Number.isNaN(atMs) || this.#isWithin(atMs);
    });
  }

  /** The user of the line looked at last, whose fate was not `unknown`. */
  userOfLine(bytes: Uint8Array): string {
    return new TextDecoder().decode(bytes.subarray(this.#head.userFrom, this.#head.userTo));
  }

  /** What becomes of a record whose line did not tell. */
  recordFate(user: string, atMs: number): Exclude<LineFate, 'unknown'> {
    this.#lastLength = -1;
    keyOfUser(user, this.key);
    return this.#count(
      this.#userFate(() => user),
      () => this.#isWithin(atMs),
    );
  }

  /** Whether a user with these records, all of the chosen days, is taken; if not, they are counted as left out. */
  takesUser(records: readonly RecordedWrite[]): boolean {
    const taken =
      this.#recordClauses.length === 0 ||
      records.some((record) => this.#recordClauses.every((clause) => recordMatches(clause, record)));
    if (!taken) this.leftOut.where += records.length;
    return taken;
  }

  #count(
    fate: 'taken' | keyof LeftOut | 'elsewhere',
    isWithinDates: () => boolean,
  ): 'taken' | 'left' | 'elsewhere' {
    if (fate === 'elsewhere') return fate;
    if (fate === 'taken') {
      if (isWithinDates()) return fate;
      this.leftOut.dates += 1;
    } else this.leftOut[fate] += 1;
    return 'left';
  }

  /** By the user alone; the key is that user's. */
  #userFate(text: () => string): 'taken' | keyof LeftOut | 'elsewhere' {
    const { shard, sample } = this.#selection;
    if (shard && this.key.a % shard.of !== shard.index) return 'elsewhere';
    if (this.#users && !this.#users.has(text())) return 'users';
    if (this.#userClauses.length > 0 && !this.#userClauses.every((clause) => userMatches(clause, text())))
      return 'where';
    if (this.#chosen) return this.#chosen.get(this.key) < 0 ? 'sample' : 'taken';
    if (sample !== null && sample < SAMPLE_STEPS && this.#place(text) >= sample) return 'sample';
    return 'taken';
  }

  #isWithin(atMs: number): boolean {
    return atMs >= this.#sinceMs && atMs < this.#untilMs;
  }

  /** The user's place in the sample, looked up before it is worked out. */
  #place(text: () => string): number {
    const { a, b } = this.key;
    const slot = (a ^ (b >>> 9)) & (REMEMBERED - 1);
    if (this.#placeKeys[slot * 2] === a && this.#placeKeys[slot * 2 + 1] === b && (a | b) !== 0)
      return this.#places[slot]!;
    const place = samplePlace(this.#selection.seed, text());
    this.#placeKeys[slot * 2] = a;
    this.#placeKeys[slot * 2 + 1] = b;
    this.#places[slot] = place;
    return place;
  }

  #isLast(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from !== this.#lastLength) return false;
    for (let index = 0; index < this.#lastLength; index++)
      if (bytes[from + index] !== this.#last[index]) return false;
    return true;
  }

  #keepLast(bytes: Uint8Array, from: number, to: number): void {
    if (this.#last.length < to - from) this.#last = new Uint8Array((to - from) * 2);
    this.#last.set(bytes.subarray(from, to));
    this.#lastLength = to - from;
  }
}
