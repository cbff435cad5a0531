/**
 * Decisions of a review: which cases one concerns, what must be asked first, and where the cursor goes after it. Pure,
 * and a file of its own because here it is settled what may be overwritten.
 */
import type { ReviewModel } from './model.ts';
import { typedText } from './prompt.ts';
import {
  caseAt,
  type Effect,
  isLeft,
  type Mark,
  type Prompt,
  type ReviewState,
  shownFrame,
} from './state.ts';

export interface Decision {
  readonly state: ReviewState;
  readonly effects: readonly Effect[];
}

/** Nothing but a word to the reader. */
export function say(state: ReviewState, notice: string): Decision {
  return { state: { ...state, notice }, effects: [] };
}

/** Accepting the case under the cursor. */
export function acceptCase(model: ReviewModel, state: ReviewState): Decision {
  const index = caseAt(model, state);
  if (index === null) return say(state, 'there is no case here');
  if (state.marks.get(index) === 'accepted') return say(state, 'it is accepted already');
  return ask(model, state, [index], false);
}

/**
 * Accepting what is left of the cause under the cursor. Cases that have another cause too wait until that one is
 * accepted as well, unless it was.
 */
export function acceptCause(model: ReviewModel, state: ReviewState): Decision {
  const cause = model.causes[state.cause]!;
  const left = cause.cases.filter((index) => isLeft(state, index));
  if (left.length === 0) return say(state, 'nothing of this cause is left to decide');
  return ask(model, state, readyCases(model, state, left), true);
}

/** Of these cases those whose other causes were all accepted as a whole. */
function readyCases(model: ReviewModel, state: ReviewState, cases: readonly number[]): number[] {
  return cases.filter((index) =>
    model.cases[index]!.causes.every((cause) => cause === state.cause || state.wholeCauses.has(cause)),
  );
}

/** Asks what has to be asked, one thing after the other, and accepts once all of it is answered. */
function ask(
  model: ReviewModel,
  state: ReviewState,
  cases: readonly number[],
  whole: boolean,
  answered: { readonly fewer?: boolean; readonly reason?: string } = {},
): Decision {
  const gone = cases.filter((index) => model.cases[index]!.change.current === null);
  if (gone.length > 0 && !answered.fewer)
    return { state: { ...state, notice: '', prompt: { kind: 'fewer', cases, whole } }, effects: [] };
  const known = answered.reason ?? state.reasons.get(state.cause) ?? model.reason;
  if (known === '' && gone.length < cases.length) {
    const typed = { before: state.lastReason, after: '' };
    return { state: { ...state, notice: '', prompt: { kind: 'reason', typed, cases, whole } }, effects: [] };
  }
  return accept(model, state, cases, whole, known);
}

/** Answers the question that stands; `yes` is the return key or, where cases go, the letter y. */
export function answer(model: ReviewModel, state: ReviewState, prompt: Prompt): Decision {
  const asked = { ...state, prompt: null };
  if (prompt.kind === 'fewer') return ask(model, asked, prompt.cases, prompt.whole, { fewer: true });
  const reason = typedText(prompt.typed).trim();
  if (!/[\p{L}\p{N}]/u.test(reason))
    return say(state, 'a reason in words is required; Esc leaves it undecided');
  return ask(model, asked, prompt.cases, prompt.whole, { fewer: true, reason });
}

function accept(
  model: ReviewModel,
  state: ReviewState,
  cases: readonly number[],
  whole: boolean,
  reason: string,
): Decision {
  const wholeCauses = whole ? new Set([...state.wholeCauses, state.cause]) : state.wholeCauses;
  const reasons = reason === '' ? state.reasons : new Map([...state.reasons, [state.cause, reason] as const]);
  const lastReason = reason === '' ? state.lastReason : reason;
  const decided = mark(state, cases, 'accepted', { wholeCauses, reasons, lastReason });
  const waiting = whole
    ? model.causes[state.cause]!.cases.filter((index) => isLeft(decided, index) && !cases.includes(index))
    : [];
  const others = new Set(
    waiting.flatMap((index) => model.cases[index]!.causes).filter((i) => i !== state.cause),
  );
  const ids = [...others].map((i) => model.causes[i]!.id).join(', ');
  const held = waiting.length === 0 ? '' : `; ${countCases(waiting.length)} left for cause ${ids}`;
  const because = reason === '' ? '' : ` because "${reason}"`;
  const notice = `accepted ${countCases(cases.length)}${because}${held}`;
  const effects: Effect[] = cases.length === 0 ? [] : [{ kind: 'accept', cases, reason }];
  return { state: { ...advance(model, decided, whole), notice }, effects };
}

/** Rejecting the case under the cursor, or what is left of its cause. */
export function reject(model: ReviewModel, state: ReviewState, whole: boolean): Decision {
  const index = caseAt(model, state);
  if (index === null) return say(state, 'there is no case here');
  const cases = whole ? model.causes[state.cause]!.cases.filter((one) => isLeft(state, one)) : [index];
  if (cases.length === 0) return say(state, 'nothing of this cause is left to decide');
  if (!whole && !isLeft(state, index))
    return say(state, `it is ${state.marks.get(index)} already; u takes back the last decision`);
  const decided = advance(model, mark(state, cases, 'rejected'), whole);
  const notice = `rejected ${countCases(cases.length)}; what is accepted stays`;
  return { state: { ...decided, notice }, effects: [{ kind: 'reject', cases }] };
}

/** Putting off the case under the cursor, or the whole cause. */
export function skip(model: ReviewModel, state: ReviewState): Decision {
  const whole = shownFrame(state).screen === 'causes';
  const index = caseAt(model, state);
  const cases = whole ? model.causes[state.cause]!.cases : index === null ? [] : [index];
  const marks = new Map(state.marks);
  for (const one of cases) if (!marks.has(one)) marks.set(one, 'skipped');
  return { state: { ...advance(model, { ...state, marks }, whole), notice: '' }, effects: [] };
}

/** Takes back the last decision. */
export function undo(state: ReviewState): Decision {
  const last = state.history.at(-1);
  if (last === undefined) return say(state, 'there is no decision to take back');
  const isTaken = ([index, one]: readonly [number, Mark]): boolean =>
    one !== 'skipped' && one !== last.marks.get(index);
  const count = [...state.marks].filter(isTaken).length;
  const notice = `took back the last decision: ${countCases(count)}`;
  return {
    state: { ...state, ...last, history: state.history.slice(0, -1), notice },
    effects: [{ kind: 'undo' }],
  };
}

function mark(
  state: ReviewState,
  cases: readonly number[],
  as: Mark,
  rest: Partial<ReviewState> = {},
): ReviewState {
  const { marks, wholeCauses, cause, place, stack } = state;
  const marked = new Map(marks);
  for (const index of cases) marked.set(index, as);
  // A decision that wrote nothing leaves nothing to take back.
  const history =
    cases.length === 0 ? state.history : [...state.history, { marks, wholeCauses, cause, place, stack }];
  return { ...state, ...rest, marks: marked, history };
}

/** Goes on to the next case of the cause that was not looked at, else back to the causes and on to the next one. */
function advance(model: ReviewModel, state: ReviewState, whole: boolean): ReviewState {
  const { cases } = model.causes[state.cause]!;
  const isNew = (index: number): boolean => !state.marks.has(index);
  if (!whole) {
    const after = cases.findIndex((index, place) => place > state.place && isNew(index));
    const next = after >= 0 ? after : cases.findIndex(isNew);
    if (next >= 0) {
      const shown = shownFrame(state);
      const frame = shown.screen === 'cause' ? shown : { screen: 'case' as const, top: 0 };
      const below = state.stack.filter(({ screen }) => screen === 'causes' || screen === 'cause');
      const stack = shown.screen === 'cause' ? state.stack : [...below, frame];
      return { ...state, place: next, stack };
    }
  }
  const cause = nextCause(model, state);
  return { ...state, stack: state.stack.slice(0, 1), cause, place: 0 };
}

/** The next cause with a case that was not looked at, else the next with one that is left, else this one. */
export function nextCause(model: ReviewModel, state: ReviewState): number {
  const { causes } = model;
  const order = causes.map((_, step) => (state.cause + 1 + step) % causes.length);
  const some = (test: (index: number) => boolean): number | undefined =>
    order.find((i) => i !== state.cause && causes[i]!.cases.some(test));
  return some((index) => !state.marks.has(index)) ?? some((index) => isLeft(state, index)) ?? state.cause;
}

export function countCases(count: number): string {
  return `${count} case${count === 1 ? '' : 's'}`;
}
