/**
 * Where a review stands: what is on the screen, where the cursor is, which cases are decided, what is being asked. A
 * file of its own because keys, pages and the driver all start from it, and none of them may change it in place.
 */
import type { ReviewModel } from './model.ts';
import type { Typed } from './prompt.ts';

export type Screen = 'causes' | 'cause' | 'case' | 'diff' | 'help';

/** What was decided of a case; `skipped` is put off, not decided. */
export type Mark = 'accepted' | 'rejected' | 'skipped';

/** A screen and the first line of it that is shown. */
export interface Frame {
  readonly screen: Screen;
  readonly top: number;
}

/** A question that must be answered before anything is written. */
export type Prompt =
  | {
      readonly kind: 'reason';
      readonly typed: Typed;
      readonly cases: readonly number[];
      readonly whole: boolean;
    }
  | { readonly kind: 'fewer'; readonly cases: readonly number[]; readonly whole: boolean };

/** What a decision changed, kept so that it can be taken back. */
export type Decided = Pick<ReviewState, 'marks' | 'wholeCauses' | 'cause' | 'place' | 'stack'>;

export interface ReviewState {
  /** Screens from the first to the one that is shown; never empty. */
  readonly stack: readonly Frame[];
  /** The cause under the cursor, or the one whose cases are shown. */
  readonly cause: number;
  /** The case under the cursor, by its place among the cause's cases. */
  readonly place: number;
  readonly marks: ReadonlyMap<number, Mark>;
  /** Causes that were accepted as a whole; a case with several waits until all of them are. */
  readonly wholeCauses: ReadonlySet<number>;
  /** Reasons by cause, so that each is asked for once. */
  readonly reasons: ReadonlyMap<number, string>;
  /** What the next question for a reason offers. */
  readonly lastReason: string;
  readonly history: readonly Decided[];
  readonly prompt: Prompt | null;
  /** One line for the reader about what just happened. */
  readonly notice: string;
}

/** Columns and rows of the terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What a key asks of the world. */
export type Effect =
  | { readonly kind: 'accept'; readonly cases: readonly number[]; readonly reason: string }
  | { readonly kind: 'reject'; readonly cases: readonly number[] }
  | { readonly kind: 'undo' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'end' }
  | { readonly kind: 'interrupt' };

/** The beginning of a review. */
export function firstState(model: ReviewModel): ReviewState {
  return {
    stack: [{ screen: 'causes', top: 0 }],
    cause: 0,
    place: 0,
    marks: new Map(),
    wholeCauses: new Set(),
    reasons: new Map(),
    lastReason: model.reason,
    history: [],
    prompt: null,
    notice: '',
  };
}

/** The screen that is shown. */
export function shownFrame({ stack }: ReviewState): Frame {
  return stack.at(-1)!;
}

/** The case under the cursor; null where its cause has none. */
export function caseAt(
  model: ReviewModel,
  { cause, place }: Pick<ReviewState, 'cause' | 'place'>,
): number | null {
  return model.causes[cause]?.cases[place] ?? null;
}

/** Cases accepted, rejected, and left, of these or of all. */
export function countMarks(
  model: ReviewModel,
  { marks }: Pick<ReviewState, 'marks'>,
  cases: readonly number[] = model.cases.map((_, index) => index),
): { readonly accepted: number; readonly rejected: number; readonly left: number } {
  const accepted = cases.filter((index) => marks.get(index) === 'accepted').length;
  const rejected = cases.filter((index) => marks.get(index) === 'rejected').length;
  return { accepted, rejected, left: cases.length - accepted - rejected };
}

/** True for a case that is neither accepted nor rejected. */
export function isLeft({ marks }: Pick<ReviewState, 'marks'>, index: number): boolean {
  const mark = marks.get(index);
  return mark === undefined || mark === 'skipped';
}
