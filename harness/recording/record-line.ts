/**
 * One line as a record, or the reason why it is none. Apart from the readers, which differ in which lines they take and
 * in which order, and must agree on what a record is.
 */
import { MAX_DEPTH } from './bounds.ts';
import { isShallow } from './depth.ts';
import { atFault, recordFault, syntaxFault } from './fault.ts';
import type { RecordedWrite } from './format.ts';
import { LineFaultError } from './lines.ts';
import { recordSchema } from './schema.ts';
import { parseAt } from './timestamp.ts';

/** One line as a record; throws the fault of a line that is none. */
function parseRecord(text: string): RecordedWrite {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LineFaultError(syntaxFault(text));
  }
  if (!recordSchema.validate(value)) {
    throw new LineFaultError(recordFault(text, value));
  }
  if (!isShallow(value, MAX_DEPTH)) {
    throw new LineFaultError(syntaxFault(text));
  }
  return value as unknown as RecordedWrite;
}

/** A record and its time in milliseconds since the Unix epoch. */
export interface TimedRecord {
  readonly record: RecordedWrite;
  readonly atMs: number;
}

/** One line as a record with its time; throws the fault of a line that is none. */
export function parseTimed(text: string): TimedRecord {
  const record = parseRecord(text);
  const atMs = parseAt(record.at);
  if (Number.isNaN(atMs)) {
    throw new LineFaultError(atFault(text, record.at));
  }
  return { record, atMs };
}
