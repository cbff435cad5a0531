/**
 * A tally in a file: a line of JSON that says what it is a tally of, the tally compressed, and a checksum over both. A
 * file that is cut short, damaged or of another run is refused before anything is added up.
 */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { GolemError } from '../../errors.ts';
import { diskRefusal } from '../../recording/disk-refusal.ts';
import { shellQuote } from '../../recording/look.ts';
import { writeWhole } from '../../recording/write-whole.ts';
import type { RunIdentity } from './identity.ts';

/** What stands in the first line. */
export interface TallyHeader {
  readonly golem: 'tally';
  readonly version: 1;
  readonly identity: RunIdentity;
  /** Which of how many shards, from 1. */
  readonly shard: { readonly index: number; readonly of: number };
  /** False for a run that was interrupted. */
  readonly finished: boolean;
  /** Parts it holds, by name; null for all of the shard's. */
  readonly parts: readonly PartNote[] | null;
  /** Of a checkpoint: what changes with each recording's content, on one machine. */
  readonly stamps?: readonly string[];
  /** Of a checkpoint: tells the plan whose parts it holds from others. */
  readonly cut?: string;
}

/** A part that a tally holds, with its users' keys in base64 where they may lie in another part too. */
export interface PartNote {
  readonly name: string;
  readonly users: string | null;
}

export interface TallyFile {
  readonly header: TallyHeader;
  /** What `PartTally.mergeBytes` takes. */
  readonly bytes: Uint8Array;
}

const VERSION = 1;
const CHECKSUM_BYTES = 32;
const NEWLINE = 10;
const BEGINNING = Buffer.from('{"golem":"tally"');

/** The bytes of a tally file: the same for the same tally and header. */
export function renderTallyFile(header: Omit<TallyHeader, 'golem' | 'version'>, bytes: Uint8Array): Buffer {
  const { identity, shard, finished, parts, stamps, cut } = header;
  const line = { golem: 'tally', version: VERSION, identity, shard, finished, parts, stamps, cut };
  const compressed = zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  const content = Buffer.concat([Buffer.from(`${JSON.stringify(line)}\n`), compressed]);
  return Buffer.concat([content, hash('sha256', content, 'buffer')]);
}

/** Writes a tally file whole, or not at all; makes the folders it needs. `label` is what errors call it. */
export async function writeTallyFile(file: string, content: Uint8Array, label = file): Promise<void> {
  try {
    await writeWhole(file, content);
  } catch (error) {
    throw writeFailure(label, error);
  }
}

function writeFailure(file: string, error: unknown): unknown {
  const refused = diskRefusal(file, error);
  if (refused === null) return error;
  const { reason, next, isName } = refused;
  const kind = isName ? 'usage' : 'unavailable';
  return new GolemError(
    { kind, verb: 'write the tally', subject: basename(file), reason, place: { file }, next },
    { cause: error },
  );
}

/**
 * Reads a tally file; `label` is what errors call it and `next` the command they name, by default one that makes the
 * tally again. Throws a data error for one that is not whole.
 */
export async function readTallyFile(file: string, label = file, next?: string): Promise<TallyFile> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const known = READ_REASONS[code];
    if (known === undefined) throw error;
    throw refusal(
      label,
      known,
      next ?? `ls -ld ${shellQuote(code === 'ENOENT' ? dirname(label) : label)}`,
      error,
    );
  }
  return parseTallyFile(content, label, next);
}

const READ_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'expected a file, found a folder',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'reading it is not permitted',
  EPERM: 'reading it is not permitted',
  ELOOP: 'its symbolic links lead in a circle',
};

export function parseTallyFile(content: Buffer, label: string, next?: string): TallyFile {
  const end = content.indexOf(NEWLINE);
  const line = end < 0 ? null : parseLine(content.subarray(0, end).toString('utf8'));
  if (line === null && content.subarray(0, BEGINNING.length).equals(BEGINNING))
    throw refusal(label, 'it is cut short or damaged in its first line', next ?? again({}, label));
  if (line === null || line.golem !== 'tally')
    throw refusal(
      label,
      'expected a tally, which begins with {"golem":"tally","version":1,…}',
      next ?? `head -c 60 ${shellQuote(label)}`,
    );
  if (line.version !== VERSION)
    throw refusal(
      label,
      `this golem reads tallies of version ${VERSION}, found version ${JSON.stringify(line.version)}`,
      next ?? again(line, label),
    );
  const sum = content.subarray(-CHECKSUM_BYTES);
  const body = content.subarray(0, -CHECKSUM_BYTES);
  if (body.length <= end || !sum.equals(hash('sha256', body, 'buffer')))
    throw refusal(
      label,
      'it is cut short or damaged: its checksum does not hold',
      next ?? again(line, label),
    );
  return { header: line as unknown as TallyHeader, bytes: zstdDecompressSync(body.subarray(end + 1)) };
}

/** The command that makes a shard's tally again, as far as the first line of a tally that is not whole can be read. */
function again({ shard }: { readonly shard?: unknown }, label: string): string {
  const { index, of } = (shard ?? {}) as { readonly index?: unknown; readonly of?: unknown };
  const which = Number.isSafeInteger(index) && Number.isSafeInteger(of) ? `${index}/${of}` : 'I/N';
  return `golem replay <recording...> --shard ${which} --out ${shellQuote(label)}   # with the options of the others`;
}

interface FirstLine {
  readonly golem?: unknown;
  readonly version?: unknown;
  readonly shard?: unknown;
}

function parseLine(text: string): FirstLine | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

function refusal(label: string, reason: string, next: string, cause?: unknown): GolemError {
  return new GolemError(
    { kind: 'data', verb: 'read the tally', subject: basename(label), reason, place: { file: label }, next },
    { cause },
  );
}
