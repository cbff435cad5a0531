/**
 * Writing a suite by hand: each line is one request of one person at one local time. It keeps what the lines of a
 * suite share (record numbers, headers, latencies), so that a suite reads as the list of its cases.
 */
import type { ProviderAnswer, ProviderItem } from '../../harness/meal-log/provider/answer-shape.ts';
import { honestItem, spoken, totalsOf } from './answers.ts';
import { headersOf, recordId } from './days.ts';
import { foodNamed } from './dishes.ts';
import type { Language, Person } from './people.ts';
import {
  inventPhoto,
  type PlannedAnswer,
  type PlannedFile,
  type PlannedLog,
  type PlannedStep,
  type PlannedWrite,
} from './plan.ts';
import { Random } from './random.ts';

/** A person of a hand-written suite, without habits. */
export function somebody(user: string, language: Language, offsetMinutes: number): Person {
  return {
    user,
    language,
    offsetMinutes,
    userAgent:
      language === 'ja' ? 'MealLog/5.12.0 (iPhone16,2; iOS 18.5)' : 'MealLog/5.12.0 (Pixel 9; Android 15)',
    acceptLanguage: language === 'ja' ? 'ja-JP,ja;q=0.9,en;q=0.5' : 'en-US,en;q=0.9',
    habits: [],
  };
}

export interface LogOptions {
  /** A key of null leaves the header out; left out, each request gets one of its own. */
  readonly key?: string | null;
  /** The body's own key. */
  readonly bodyKey?: string;
  readonly files?: readonly PlannedFile[];
}

/** Collects the requests of a suite and gives them ids in order of time. */
export class SuiteScript {
  readonly #steps: PlannedStep[] = [];
  readonly #written = new Map<string, number>();
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** A picture of this name, the same wherever a suite uses it. */
  photo(name: string): PlannedFile {
    return inventPhoto(name, new Random(`${this.#seed}:${name}`));
  }

  /**
   * One meal, at the person's local time (`2025-09-01T07:30`, seconds and milliseconds optional). Returns its id,
   * for repeats and deletions.
   */
  log(
    person: Person,
    localTime: string,
    message: string | null,
    answers: ProviderAnswer | readonly PlannedAnswer[],
    options: LogOptions = {},
  ): string {
    const planned = this.#plan(person, instant(person, localTime), message, answers, options);
    this.#steps.push([planned]);
    return planned.id;
  }

  /** The same request twice at once; only one of them reaches the provider. */
  twins(
    person: Person,
    localTime: string,
    message: string,
    answer: ProviderAnswer,
    options: LogOptions = {},
  ): void {
    const first = this.#plan(person, instant(person, localTime), message, answer, options);
    this.#steps.push([first, { ...first, id: this.#nextId(person) }]);
  }

  /** Sends an earlier request again, word for word, at another time. */
  again(id: string, person: Person, localTime: string, answers: readonly PlannedAnswer[] = []): string {
    const first = this.#find(person, id);
    const repeat: PlannedLog = {
      ...first,
      id: this.#nextId(person),
      atMs: instant(person, localTime),
      answers,
    };
    this.#steps.push([repeat]);
    return repeat.id;
  }

  /** The person deletes what an earlier request stored. */
  remove(id: string, person: Person, localTime: string): void {
    const planned: PlannedWrite = {
      kind: 'deletion',
      id: this.#nextId(person),
      user: person.user,
      atMs: instant(person, localTime),
      headers: headersOf(person, null),
      of: id,
    };
    this.#steps.push([planned]);
  }

  /** All steps, in order of time; throws when a person's own lines are out of order. */
  get steps(): readonly PlannedStep[] {
    const latest = new Map<string, number>();
    for (const [first] of this.#steps) {
      if (first.atMs < (latest.get(first.user) ?? 0))
        throw new Error(`${first.user} ${first.id} is out of order`);
      latest.set(first.user, first.atMs);
    }
    return this.#steps.toSorted((a, b) => a[0].atMs - b[0].atMs);
  }

  #plan(
    person: Person,
    atMs: number,
    message: string | null,
    answers: ProviderAnswer | readonly PlannedAnswer[],
    options: LogOptions,
  ): PlannedLog {
    const id = this.#nextId(person);
    // Chance of the record's own: a case more in a suite changes no line but its own and those of its person.
    const random = new Random(`${this.#seed}:${person.user}:${id}`);
    const key = options.key === undefined ? random.uuid() : options.key;
    return {
      kind: 'log',
      id,
      user: person.user,
      atMs,
      headers: headersOf(person, key),
      body: {
        ...(message === null ? {} : { message }),
        ...(options.bodyKey === undefined ? {} : { idempotency_key: options.bodyKey }),
      },
      files: options.files ?? [],
      answers: 'items' in answers ? [spoken(answers, random.whole(400, 2_600))] : answers,
    };
  }

  #nextId(person: Person): string {
    const number = (this.#written.get(person.user) ?? 0) + 1;
    this.#written.set(person.user, number);
    return recordId(number);
  }

  #find(person: Person, id: string): PlannedLog {
    for (const [first] of this.#steps) {
      if (first.user === person.user && first.id === id && first.kind === 'log') return first;
    }
    throw new Error(`${person.user} ${id}: no such request so far`);
  }
}

/** The instant of a local time under the person's own offset. */
export function instant(person: Person, localTime: string): number {
  const whole = localTime.length === 16 ? `${localTime}:00.000Z` : `${localTime}Z`;
  const ms = Date.parse(whole);
  if (Number.isNaN(ms)) throw new Error(`${localTime} is no local time`);
  return ms - person.offsetMinutes * 60_000;
}

/** A food of the dictionary by name with grams, as an honest provider lists it. */
export function item(language: Language, name: string, grams: number): ProviderItem {
  return honestItem({ food: foodNamed(name), grams }, language);
}

/** An answer with totals that are the sums of its items. */
export function answer(dish: string, items: readonly ProviderItem[], confidence = 0.9): ProviderAnswer {
  return { dish, confidence, items, totals: totalsOf(items) };
}
