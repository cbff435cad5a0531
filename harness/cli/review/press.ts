/**
 * What a key does: the state after it, and what it asks of the world. Pure, so that every way through a review can be
 * tried without a terminal.
 */
import {
  acceptCase,
  acceptCause,
  answer,
  type Decision,
  nextCause,
  reject,
  say,
  skip,
  undo,
} from './decide.ts';
import type { Key } from './keys.ts';
import type { ReviewModel } from './model.ts';
import { typeKey } from './prompt.ts';
import { bodyRows, pageOf } from './pages.ts';
import { firstRow } from './render.ts';
import { type Frame, type Prompt, type ReviewState, type Screen, shownFrame, type Size } from './state.ts';

/** The state after a key. Keys that mean nothing where they are pressed change nothing. */
export function press(model: ReviewModel, state: ReviewState, key: Key, size: Size): Decision {
  if (key.name === 'ctrl-c') return { state, effects: [{ kind: 'interrupt' }] };
  if (key.name === 'ctrl-z') return { state, effects: [{ kind: 'suspend' }] };
  if (state.prompt !== null) return pressAtPrompt(model, state, state.prompt, key);
  return pressAtScreen(model, { ...state, notice: '' }, key, size);
}

function pressAtPrompt(model: ReviewModel, state: ReviewState, prompt: Prompt, key: Key): Decision {
  if (key.name === 'escape' || (prompt.kind === 'fewer' && ['n', 'q', 'return'].includes(key.name)))
    return say({ ...state, prompt: null }, 'nothing was decided');
  if (prompt.kind === 'fewer')
    return key.name === 'y' ? answer(model, state, prompt) : { state, effects: [] };
  if (key.name === 'return') return answer(model, state, prompt);
  return { state: { ...state, prompt: { ...prompt, typed: typeKey(prompt.typed, key) } }, effects: [] };
}

function pressAtScreen(model: ReviewModel, state: ReviewState, key: Key, size: Size): Decision {
  const { screen } = shownFrame(state);
  const isCase = screen === 'case' || screen === 'cause' || screen === 'diff';
  switch (key.name) {
    case 'q':
      return { state, effects: [{ kind: 'end' }] };
    case '?':
      return screen === 'help' ? go(state, 'back') : go(state, 'help');
    case 'b':
    case 'escape':
    case 'left':
    case 'h':
      return go(state, 'back');
    case 'return':
    case 'right':
    case 'l':
      return open(state);
    case 'o':
      return screen === 'help' || screen === 'diff' ? { state, effects: [] } : go(state, 'diff');
    case 'n':
    case 'p':
      return otherCause(model, state, key.name);
    case 'u':
      return undo(state);
    case 'a':
      return isCase
        ? acceptCase(model, state)
        : screen === 'causes'
          ? acceptCause(model, state)
          : { state, effects: [] };
    case 'A':
      return screen === 'help' ? { state, effects: [] } : acceptCause(model, state);
    case 'r':
    case 'R':
      return screen === 'help'
        ? { state, effects: [] }
        : reject(model, state, key.name === 'R' || screen === 'causes');
    case 's':
      return screen === 'help' ? { state, effects: [] } : skip(model, state);
    case 'e':
      return forgetReason(state);
    default:
      return move(model, state, key, size);
  }
}

/** The next reason is asked for again, with this one offered. */
function forgetReason(state: ReviewState): Decision {
  const reasons = new Map(state.reasons);
  if (!reasons.delete(state.cause)) return say(state, 'this cause has no reason yet; accepting asks for one');
  return say({ ...state, reasons }, 'the next case of this cause asks for its reason again');
}

function go(state: ReviewState, to: Screen | 'back'): Decision {
  if (to === 'back')
    return {
      state: { ...state, stack: state.stack.slice(0, Math.max(1, state.stack.length - 1)) },
      effects: [],
    };
  return { state: { ...state, stack: [...state.stack, { screen: to, top: 0 }] }, effects: [] };
}

function open(state: ReviewState): Decision {
  const { screen } = shownFrame(state);
  if (screen === 'causes') return go({ ...state, place: 0 }, 'cause');
  if (screen === 'cause') return go(state, 'case');
  return screen === 'case' ? go(state, 'diff') : { state, effects: [] };
}

function otherCause(model: ReviewModel, state: ReviewState, key: 'n' | 'p'): Decision {
  const { screen } = shownFrame(state);
  if (screen === 'help') return { state, effects: [] };
  const count = model.causes.length;
  const cause = key === 'n' ? nextCause(model, state) : (state.cause + count - 1) % count;
  const notice = cause === state.cause ? 'there is no other cause' : '';
  const stack: readonly Frame[] =
    screen === 'causes' ? state.stack : [...state.stack.slice(0, 1), { screen: 'cause', top: 0 }];
  return say({ ...state, cause, place: 0, stack }, notice);
}

/** Moves the cursor of a list, or the page where there is none. */
function move(model: ReviewModel, state: ReviewState, key: Key, size: Size): Decision {
  const { screen, top } = shownFrame(state);
  const page = Math.max(1, bodyRows(size) - 1);
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    pageup: -page,
    pagedown: page,
    ' ': page,
    home: Number.NEGATIVE_INFINITY,
    g: Number.NEGATIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
    G: Number.POSITIVE_INFINITY,
  };
  const step = steps[key.name];
  if (step === undefined) return { state, effects: [] };
  const within = (to: number, count: number): number => Math.min(Math.max(0, to), Math.max(0, count - 1));
  if (screen === 'causes')
    return {
      state: { ...state, cause: within(state.cause + step, model.causes.length), place: 0 },
      effects: [],
    };
  if (screen === 'cause') {
    const { cases } = model.causes[state.cause]!;
    return { state: { ...state, place: within(state.place + step, cases.length) }, effects: [] };
  }
  const body = pageOf(model, state, size);
  const last = firstRow({ ...body, top: Number.POSITIVE_INFINITY }, size);
  const frame = { screen, top: Math.min(Math.max(0, firstRow({ ...body, top }, size) + step), last) };
  return { state: { ...state, stack: [...state.stack.slice(0, -1), frame] }, effects: [] };
}
