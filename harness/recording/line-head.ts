/**
 * Finds time and user in the bytes of a record's line without parsing it, so that the lines of users who are not
 * wanted cost a tenth of those who are. A file of its own because it is the one place that reads JSON by its form.
 */

/** Where the time and the user of a line stand; filled by `findHead`. */
export interface LineHead {
  /** The 24 bytes of `at`. */
  atFrom: number;
  userFrom: number;
  userTo: number;
}

/** Bytes of a time in the one form that records have. */
export const AT_BYTES = 24;

const OPENING = bytesOf('{"id":"');
const BEFORE_AT = bytesOf('","at":"');
const BEFORE_USER = bytesOf('","user":"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/**
 * True when the line stands as golem writes it, `{"id":"…","at":"…","user":"…"`, with nothing escaped in the three;
 * only then is `head` filled. Any other line has to be parsed to know whose it is.
 */
export function findHead(bytes: Uint8Array, from: number, to: number, head: LineHead): boolean {
  if (!standsAt(OPENING, bytes, from)) return false;
  const idTo = endOfPlainString(bytes, from + OPENING.length, to);
  if (idTo < 0 || !standsAt(BEFORE_AT, bytes, idTo)) return false;
  const atFrom = idTo + BEFORE_AT.length;
  if (endOfPlainString(bytes, atFrom, to) !== atFrom + AT_BYTES) return false;
  if (!standsAt(BEFORE_USER, bytes, atFrom + AT_BYTES)) return false;
  const userFrom = atFrom + AT_BYTES + BEFORE_USER.length;
  const userTo = endOfPlainString(bytes, userFrom, to);
  if (userTo <= userFrom) return false;
  head.atFrom = atFrom;
  head.userFrom = userFrom;
  head.userTo = userTo;
  return true;
}

function standsAt(wanted: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < wanted.length; index++) {
    if (bytes[at + index] !== wanted[index]) return false;
  }
  return true;
}

/** Where the closing quote stands; -1 where the string is escaped, holds a control character or does not end. */
function endOfPlainString(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH || byte < 0x20) return -1;
  }
  return -1;
}
