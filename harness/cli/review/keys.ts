/**
 * Keys as the review knows them, from what Node's readline makes of a terminal's bytes. A file of its own because the
 * state machine must not depend on either.
 */
import { plainText } from '../../report/display-text.ts';

export interface Key {
  /** A letter or sign as typed, a name such as `down`, `return`, `pageup`, or `ctrl-c`; `paste` for pasted text. */
  readonly name: string;
  /** What it writes where text is typed; empty for keys that write nothing. */
  readonly text: string;
}

/** What readline's `keypress` event hands over. */
export interface Keypress {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

/** A keypress as a key; null for what the review has no use for. */
export function keyOf(text: string | undefined, press: Keypress): Key | null {
  if (press.ctrl) return press.name === undefined ? null : { name: `ctrl-${press.name}`, text: '' };
  if (press.meta && press.name !== 'escape') return null;
  if (text !== undefined && isWritten(text)) return { name: text, text };
  return press.name === undefined ? null : { name: press.name === 'enter' ? 'return' : press.name, text: '' };
}

/** Text pasted as a whole: it is never taken for commands. */
export function pastedKey(text: string): Key {
  return { name: 'paste', text: plainText(text) };
}

function isWritten(text: string): boolean {
  return text !== '' && !/[\p{Cc}\u2028\u2029]/u.test(text);
}
