/**
 * What a reader is told about a recording that cannot be read: place, what was expected, and a command that shows
 * it. Everything here runs on the error path only, so it is generous where the loop in `read.ts` is fast.
 */
import { basename, dirname } from 'node:path';
import { GolemError } from '../errors.ts';
import { MAX_DEPTH } from './bounds.ts';
import type { RecordingHeader } from './format.ts';
import { findJsonFault, findPathOffset } from './json-fault.ts';
import type { LineFault } from './lines.ts';
import { shellQuote, showLine, testCompressed } from './look.ts';
import { headerSchema, recordSchemaUncompiled } from './schema.ts';
import type { Compression } from './source.ts';
import { AT_FORM } from './timestamp.ts';

const HEADER_EXAMPLE = '{"golem":"recording","version":1,…}';

/** The fault of a text that JSON.parse or the depth bound refused. */
export function syntaxFault(text: string): LineFault {
  if (text.trim() === '') {
    return { reason: 'expected a record, the line is empty', column: 1 };
  }
  const fault = findJsonFault(text, MAX_DEPTH);
  return fault === null
    ? { reason: 'expected JSON', column: 1 }
    : { reason: fault.reason, column: fault.offset + 1, ended: fault.ended };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly code: string;
}

function describe(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    text += typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${String(part)}`;
  }
  return text;
}

/** The value at a path of a parsed line, by own keys alone. */
function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) {
      return undefined;
    }
    at = (at as Record<PropertyKey, unknown>)[part];
  }
  return at;
}

/** Words a validator's first issue as a fault, with the column of the key it is about. */
function schemaFault(
  text: string,
  value: unknown,
  issue: Issue | undefined,
  whole: string,
  show: (found: unknown) => string,
): LineFault {
  if (issue === undefined || issue.path.length === 0) {
    return { reason: `expected ${whole}`, column: 1 };
  }
  const column = findPathOffset(text, issue.path) + 1;
  const message = issue.message
    .replace(/^Invalid (?:input|string|option): /, '')
    .replace(/^Too (big|small): /, '');
  const field = describe(issue.path);
  const found = valueAt(value, issue.path);
  if (found === undefined) {
    const wanted =
      issue.code === 'invalid_type' ? message.replace(/, received undefined$/, '') : 'expected a value';
    return { reason: `"${field}" is missing, ${wanted}`, column };
  }
  return { reason: `"${field}" is ${show(found)}, ${message.replace(/, received .*$/, '')}`, column };
}

/** A header's value: it speaks of the recording and of nobody in it. */
function shortened(found: unknown): string {
  const shown = JSON.stringify(found);
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}

/** A value without its content, which may be somebody's: errors end up in logs and issues. */
function described(found: unknown): string {
  if (typeof found === 'string')
    return found === '' ? 'an empty text' : `a text of ${found.length} characters`;
  if (Array.isArray(found)) return `an array of ${found.length}`;
  if (typeof found === 'object' && found !== null) return 'an object';
  return String(found);
}

/** What consists of the characters of times alone says nothing of anyone. */
const TIME_LIKE = /^[\d:.,+\-TZtz/ ]{1,40}$/;

/** The fault of a line that is JSON but no record. */
export function recordFault(text: string, value: unknown): LineFault {
  const issues = recordSchemaUncompiled.safeParse(value).error?.issues;
  return schemaFault(text, value, issues?.[0], 'a record, which is a JSON object', described);
}

/** The fault of a time in another form than recordings have. */
export function atFault(text: string, at: string): LineFault {
  const column = findPathOffset(text, ['at']) + 1;
  const shown = TIME_LIKE.test(at) ? JSON.stringify(at) : described(at);
  return { reason: `"at" is ${shown}, expected ${AT_FORM}`, column };
}

/** The header that the first line holds, or what is wrong with it; null stands for a file without a line. */
export function headerFault(
  text: string | null,
): { readonly header: RecordingHeader } | { readonly fault: LineFault } {
  const missing = `expected the header ${HEADER_EXAMPLE} on the first line`;
  if (text === null) {
    return { fault: { reason: `${missing}, the file is empty`, column: 1 } };
  }
  // A byte-order mark, as some editors put it in front, is no part of the header.
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text;
  let value: unknown;
  try {
    value = JSON.parse(bare);
  } catch {
    const fault = syntaxFault(bare);
    return { fault: { ...fault, reason: `${missing}; ${fault.reason}` } };
  }
  if (valueAt(value, ['golem']) !== 'recording') {
    return { fault: { reason: `${missing}, found another JSON value`, column: 1 } };
  }
  const version = valueAt(value, ['version']);
  if (version !== 1) {
    const column = findPathOffset(bare, ['version']) + 1;
    const found = version === undefined ? 'no version' : `version ${JSON.stringify(version).slice(0, 60)}`;
    return { fault: { reason: `this golem reads recordings of version 1, found ${found}`, column } };
  }
  const checked = headerSchema.safeParse(value);
  return checked.success
    ? { header: value as RecordingHeader }
    : { fault: schemaFault(bare, value, checked.error.issues[0], 'a header', shortened) };
}

/** Which line of its file a fault stands on. */
export interface FaultyLine {
  readonly line: number;
  /** True for a last line that has no newline after it. */
  readonly unterminated: boolean;
}

/**
 * The error for a fault of a line. `readOn` is the command that takes all before a line that breaks off; null where none
 * would.
 */
export function dataError(
  file: string,
  compression: Compression,
  lines: FaultyLine,
  fault: LineFault,
  readOn: string | null = `golem replay ${shellQuote(file)} --on-bad-line skip`,
): GolemError {
  const cut = lines.unterminated && lines.line > 0 && fault.ended === true;
  return new GolemError({
    kind: 'data',
    verb: 'read recording',
    subject: basename(file),
    reason: cut ? `the file is truncated, its last line breaks off: ${fault.reason}` : fault.reason,
    place: { file, line: Math.max(1, lines.line), column: fault.column },
    // A capture that was killed leaves such a line; all before it is whole.
    next:
      cut && lines.line > 1 && readOn !== null
        ? readOn
        : showLine(file, compression, Math.max(1, lines.line)),
  });
}

/** What the system's error codes mean to someone who named a file. */
const OPEN_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'part of its path is not a folder',
  EACCES: 'reading it is not permitted',
  EPERM: 'reading it is not permitted',
  EISDIR: 'expected a file, found a folder',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
};

/** The error for a file that cannot be opened, read or decompressed; golem's own faults pass through unchanged. */
export function readFailure(file: string, compression: Compression, line: number, error: unknown): unknown {
  if (error instanceof GolemError || !(error instanceof Error) || !('code' in error)) {
    return error;
  }
  const code = String(error.code);
  const common = { verb: 'read recording', subject: basename(file) } as const;
  if (compression !== 'none' && (code.startsWith('Z_') || code.startsWith('ZSTD_'))) {
    const what =
      code === 'Z_BUF_ERROR'
        ? `the file is truncated, its ${compression} data breaks off in or after this line`
        : `its ${compression} data is damaged in or after this line (${error.message})`;
    const next = testCompressed(file, compression);
    return new GolemError(
      { kind: 'data', ...common, reason: what, place: { file, line }, next },
      { cause: error },
    );
  }
  const known = OPEN_REASONS[code];
  if (known !== undefined) {
    const folder = dirname(file);
    const next =
      code === 'EISDIR' ? `ls ${shellQuote(file)}` : `ls -l ${shellQuote(code === 'ENOENT' ? folder : file)}`;
    return new GolemError(
      { kind: 'data', ...common, reason: known, place: { file }, next },
      { cause: error },
    );
  }
  if ('syscall' in error) {
    const reason = `the system answered ${error.message}`;
    return new GolemError({ kind: 'unavailable', ...common, reason, place: { file } }, { cause: error });
  }
  return error;
}
