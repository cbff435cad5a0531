/**
 * Reads a HAR file (HTTP Archive 1.2, w3c.github.io/web-performance/specs/HAR) as far as entries whose shape is
 * known. Apart from what an entry means, because here stand the bounds on a file from outside and the place of what
 * is wrong with it.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { GolemError } from '../../errors.ts';
import { readFailure } from '../fault.ts';
import { findJsonFault } from '../json-fault.ts';
import { shellQuote } from '../look.ts';

/** Largest file taken, in bytes: it is parsed as a whole, and engines hold no text of over half a gigabyte. */
const MAX_HAR_BYTES = 256 * 1024 * 1024;
/** Deepest nesting looked into when the place of a syntax error is searched. */
const MAX_HAR_DEPTH = 64;

const named = z.looseObject({ name: z.string(), value: z.string() });

const entryShape = z.looseObject({
  startedDateTime: z.string(),
  /** Milliseconds in all. */
  time: z.number().optional(),
  request: z.looseObject({
    method: z.string().min(1),
    url: z.string().min(1),
    headers: z.array(named).default([]),
    cookies: z.array(named).default([]),
    postData: z
      .looseObject({
        mimeType: z.string().default(''),
        text: z.string().optional(),
        // No part of HAR 1.2, and yet what some proxies write for bodies that are no text.
        encoding: z.string().optional(),
        params: z
          .array(
            z.looseObject({
              name: z.string(),
              value: z.string().optional(),
              fileName: z.string().optional(),
              contentType: z.string().optional(),
            }),
          )
          .optional(),
      })
      .optional(),
  }),
  response: z.looseObject({
    status: z.number(),
    content: z.looseObject({ text: z.string().optional(), encoding: z.string().optional() }).optional(),
  }),
});

export type HarEntry = z.infer<typeof entryShape>;

type ReadEntry = { readonly entry: HarEntry } | { readonly refused: string };

export interface HarFile {
  readonly version: string;
  /** In the order of the file; one of another shape is what is wrong with it. */
  readonly entries: readonly ReadEntry[];
}

const harShape = z.looseObject({
  log: z.looseObject({ version: z.string().default('1.1'), entries: z.array(z.unknown()) }),
});

/** Reads one file. Throws a data error with file, line and column where it is no HAR file, or is too large. */
export async function readHar(file: string): Promise<HarFile> {
  const text = await readText(file);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    const fault = findJsonFault(text, MAX_HAR_DEPTH);
    throw refusal(file, fault?.reason ?? 'expected JSON', placeOf(text, fault?.offset ?? 0));
  }
  const checked = harShape.safeParse(parsed);
  if (!checked.success) {
    throw refusal(file, 'expected a HAR file, {"log":{"version":"1.2","entries":[…]}}', {
      line: 1,
      column: 1,
    });
  }
  const { version, entries } = checked.data.log;
  return { version, entries: entries.map(readEntry) };
}

function readEntry(value: unknown): ReadEntry {
  const checked = entryShape.safeParse(value);
  if (checked.success) return { entry: checked.data };
  const issue = checked.error.issues[0];
  return { refused: `not a HAR entry: ${issue?.path.join('.') || 'entry'}: ${issue?.message}` };
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAX_HAR_BYTES) {
      throw refusal(file, `it has ${size} bytes, of which at most ${MAX_HAR_BYTES} are read at once`, {});
    }
    const bytes = await readFile(file);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw refusal(file, 'expected UTF-8 text', {});
    throw readFailure(file, 'none', 1, error);
  }
}

/** Line and column, from 1, of an offset in UTF-16 units. */
function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

function refusal(file: string, reason: string, at: { line?: number; column?: number }): GolemError {
  const quoted = shellQuote(file);
  return new GolemError({
    kind: 'data',
    verb: 'import',
    subject: basename(file),
    reason,
    place: { file, ...at },
    next: at.line === undefined ? `ls -l ${quoted}` : `sed -n ${at.line}p ${quoted} | cut -c1-2000`,
  });
}
