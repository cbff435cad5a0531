/**
 * Joins a review's state to a terminal and to the disk: a key comes, the state moves on, what it asks for is done, the
 * screen is drawn again. A file of its own because it is the only part of a review in which anything happens.
 */
import { GolemError } from '../../errors.ts';
import type { ReviewDesk } from '../../golden/desk.ts';
import type { Key } from './keys.ts';
import type { ReviewModel } from './model.ts';
import { press } from './press.ts';
import { render } from './render.ts';
import { countMarks, type Effect, firstState } from './state.ts';
import type { Terminal, TerminalEvents } from './terminal.ts';

export interface ReviewDoors {
  readonly desk: ReviewDesk;
  readonly openTerminal: (events: TerminalEvents) => Terminal;
  /** Where an interruption from outside asks how the review ended; the terminal is given back first. */
  readonly onInterrupt: (end: () => ReviewEnd) => void;
  readonly color: boolean;
}

export interface ReviewEnd {
  readonly accepted: number;
  readonly rejected: number;
  readonly left: number;
  /** True when the reader or a signal broke the review off. */
  readonly interrupted: boolean;
}

/** Reviews until the reader ends it; resolves once the terminal is what it was. */
export function driveReview(model: ReviewModel, doors: ReviewDoors): Promise<ReviewEnd> {
  return new Promise((resolve, reject) => {
    let state = firstState(model);
    let terminal: Terminal | null = null;
    const endOf = (isInterrupted: boolean): ReviewEnd => ({
      ...countMarks(model, state),
      interrupted: isInterrupted,
    });
    const finish = (isInterrupted: boolean): void => {
      terminal?.close();
      resolve(endOf(isInterrupted));
    };
    const draw = (): void => terminal?.show(render(model, state, terminal.size(), doors.color));
    const onKey = (key: Key): void => {
      if (terminal === null) return;
      try {
        const decision = press(model, state, key, terminal.size());
        const wait = waitFor(decision.effects);
        if (wait !== null)
          terminal.show(
            render(model, { ...state, prompt: null, notice: wait }, terminal.size(), doors.color),
          );
        const failure = firstFailure(decision.effects, (effect) => carryOut(effect, model, doors.desk));
        state = failure === null ? decision.state : { ...state, prompt: null, notice: failure };
        const [last] = decision.effects.slice(-1);
        if (last?.kind === 'end' || last?.kind === 'interrupt') finish(last.kind === 'interrupt');
        else if (last?.kind === 'suspend') terminal.suspend();
        else draw();
      } catch (error) {
        terminal.close();
        reject(error);
      }
    };
    terminal = doors.openTerminal({ onKey, onResize: draw, onHangUp: () => finish(true) });
    doors.onInterrupt(() => {
      terminal?.close();
      return endOf(true);
    });
    draw();
  });
}

/** Files whose writing nobody notices. */
const SOON_WRITTEN = 50;

/** What to say while effects are carried out that take a while; null where they do not. */
function waitFor(effects: readonly Effect[]): string | null {
  const cases = Math.max(0, ...effects.map((effect) => ('cases' in effect ? effect.cases.length : 0)));
  return cases > SOON_WRITTEN ? `writing ${cases} cases …` : null;
}

/** Does the effects in turn until one fails; its words, or null when none did. A fault that is golem's own is thrown. */
function firstFailure(effects: readonly Effect[], act: (effect: Effect) => void): string | null {
  for (const effect of effects) {
    try {
      act(effect);
    } catch (error) {
      if (error instanceof GolemError && error.failure.kind !== 'internal') return error.message;
      throw error;
    }
  }
  return null;
}

function carryOut(effect: Effect, model: ReviewModel, desk: ReviewDesk): void {
  const changes = 'cases' in effect ? effect.cases.map((index) => model.cases[index]!.change) : [];
  if (effect.kind === 'accept') desk.accept(changes, effect.reason);
  else if (effect.kind === 'reject') desk.reject(changes);
  else if (effect.kind === 'undo') desk.undo();
}
