/**
 * The name of a case, one user's one day, and the file it lives in. A file of its own because user names come out of
 * recordings, and a path made from one must never lead anywhere but its suite's folder.
 */
import { hash } from 'node:crypto';
import { GolemError } from '../errors.ts';

/** `<user>/<date>` with the user made safe for a path; unique within a suite. */
export type CaseKey = string;

/** Longest folder name a user gets, far under the 255 bytes that file systems take. */
const LONGEST_SEGMENT = 100;

/**
 * Makes one path segment of any text: ASCII letters, digits, `.`, `_` and `-` stay, every other byte of its UTF-8
 * becomes `%` and two hexadecimal digits. A leading dot is encoded, so `..` and hidden names cannot arise; a long text
 * keeps its beginning and ends in `%-` and 16 digits of its SHA-256. Different texts give different segments.
 */
export function pathSegment(text: string): string {
  let segment = '';
  for (const character of text) {
    const isKept = /^[A-Za-z0-9._-]$/.test(character) && !(character === '.' && segment === '');
    segment += isKept ? character : percentBytes(character);
  }
  if (segment === '') return '%-';
  if (segment.length <= LONGEST_SEGMENT) return segment;
  const beginning = segment.slice(0, LONGEST_SEGMENT - 18).replace(/%[0-9A-F]?$/, '');
  return `${beginning}%-${hash('sha256', segment, 'hex').slice(0, 16)}`;
}

/** The UTF-8 bytes of one character; a lone surrogate gets the three bytes it would have, which no other text has. */
function percentBytes(character: string): string {
  const unit = character.charCodeAt(0);
  const bytes = character.isWellFormed()
    ? Buffer.from(character)
    : [0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 63), 0x80 | (unit & 63)];
  return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

/**
 * The key of a user's day. `date` is the migration's local day, YYYY-MM-DD; anything else is refused as golem's own
 * fault, because it would become part of a path.
 */
export function caseKey(user: string, date: string): CaseKey {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) {
    throw new GolemError({
      kind: 'internal',
      verb: 'name the golden file of day',
      subject: date,
      reason: 'a day has the form YYYY-MM-DD',
    });
  }
  return `${pathSegment(user)}/${date}`;
}

/** The case as people name it on the command line: `<suite>/<user>/<date>`. */
export function caseName(suite: string, key: CaseKey): string {
  return `${suite}/${key}`;
}

/** The accepted file of a case, with forward slashes, relative to whatever `goldenDir` is relative to. */
export function caseFile(goldenDir: string, suite: string, key: CaseKey): string {
  return `${goldenDir}/${suite}/${key}.json`;
}

/** The pending file beside it. */
export function pendingFile(goldenDir: string, suite: string, key: CaseKey): string {
  return `${goldenDir}/${suite}/${key}.pending.json`;
}
