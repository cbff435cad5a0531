/**
 * A tally in a file: a line of JSON that says what it is a tally of, the tally compressed, and a checksum over both. A
 * file that is cut short, damaged or of another run is refused before anything is added up.
 */
import { hash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { GolemError } from '../../errors.ts';
import { shellQuote } from '../../recording/look.ts';
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

/** The bytes of a tally file: the same for the same tally and header. */
export function renderTallyFile(header: Omit<TallyHeader, 'golem' | 'version'>, bytes: Uint8Array): Buffer {
  const { identity, shard, finished, parts, stamps, cut } = header;
  const line = { golem: 'tally', version: VERSION, identity, shard, finished, parts, stamps, cut };
  const compressed = zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  const content = Buffer.concat([Buffer.from(`${JSON.stringify(line)}\n`), compressed]);
  return Buffer.concat([content, hash('sha256', content, 'buffer')]);
}

/** Writes a tally file beside its name first, so that nobody ever reads half of one. */
export async function writeTallyFile(file: string, content: Uint8Array, label = file): Promise<void> {
  const unfinished = `${file}.${process.pid}.partial`;
  try {
    await writeFile(unfinished, content, { flush: true });
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw writeFailure(label, error);
  }
}

function writeFailure(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const folder = shellQuote(dirname(file));
  const reason =
    error.code === 'ENOSPC'
      ? 'the disk is full'
      : error.code === 'ENOENT'
        ? `there is no folder "${dirname(file)}"`
        : `the system answered ${error.message.replace(/ '.*$/, '')}`;
  const next = error.code === 'ENOENT' ? `mkdir -p ${folder}` : `ls -ld ${folder}; df -h ${folder}`;
  return new GolemError(
    { kind: 'unavailable', verb: 'write the tally', subject: basename(file), reason, place: { file }, next },
    { cause: error },
  );
}

/** Reads a tally file; `label` is what errors call it. Throws a data error for one that is not whole. */
export async function readTallyFile(file: string, label = file): Promise<TallyFile> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    const known =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'expected a file, found a folder'
          : null;
    if (known === null) throw error;
    throw refusal(label, known, error);
  }
  return parseTallyFile(content, label);
}

export function parseTallyFile(content: Buffer, label: string): TallyFile {
  const end = content.indexOf(NEWLINE);
  const line = end < 0 ? null : parseLine(content.subarray(0, end).toString('utf8'));
  if (line === null || line.golem !== 'tally')
    throw refusal(label, 'expected a tally, which begins with {"golem":"tally","version":1,…}');
  if (line.version !== VERSION)
    throw refusal(
      label,
      `this golem reads tallies of version ${VERSION}, found version ${JSON.stringify(line.version)}`,
    );
  const sum = content.subarray(-CHECKSUM_BYTES);
  const body = content.subarray(0, -CHECKSUM_BYTES);
  if (body.length <= end || !sum.equals(hash('sha256', body, 'buffer')))
    throw refusal(label, 'it is cut short or damaged: its checksum does not hold');
  return { header: line as unknown as TallyHeader, bytes: zstdDecompressSync(body.subarray(end + 1)) };
}

function parseLine(text: string): { readonly golem?: unknown; readonly version?: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

function refusal(label: string, reason: string, cause?: unknown): GolemError {
  return new GolemError(
    { kind: 'data', verb: 'read the tally', subject: basename(label), reason, place: { file: label } },
    { cause },
  );
}
