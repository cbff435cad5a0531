/**
 * A golden file's text and back: header, case, outcomes under the base flags, and what differs under the full ones.
 * A file of its own because nobody else knows the layout: a file that was changed by any other hand is recognised
 * here, by its content hash, and never compared as if it had been accepted.
 */
import { z } from 'zod';
import { contentHash, renderMember, renderObject } from './canonical.ts';
import type { GoldenDocument } from './case.ts';
import type { FlatLines } from './flat.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { applyPatch, packPatch, packRecord, patchKey, splitPatchKey, unpackRecord } from './packed.ts';

/** What reading a golden file found. `damaged` means that its text is not what golem wrote. */
export type AcceptedFile =
  | { readonly state: 'sound'; readonly document: GoldenDocument; readonly reason: string }
  | { readonly state: 'damaged'; readonly damage: string };

/** Lines as `JSON.parse` left them, which are JSON by themselves; looked at member by member when unpacked. */
const LINES = z.custom<JsonObject>((value) => isJsonObject(value as Json), 'expected an object');

const FILE = z.strictObject({
  case: z.strictObject({ date: z.string(), suite: z.string(), user: z.string() }),
  content: z.string(),
  golem: z.literal('golden'),
  reason: z.string(),
  version: z.literal(1),
  writes_base: z.array(LINES),
  writes_full: LINES,
});

/**
 * The text of a golden file. `reason` says why these outcomes were accepted and is covered by the content hash, so
 * that an edited reason is noticed like any other edit.
 */
export function renderGolden(document: GoldenDocument, reason: string): string {
  return renderBody({ ...packedBody(document), reason }).text;
}

/** Reads a golden file's text; never throws on what a file may hold. */
export function parseGolden(text: string): AcceptedFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return damaged('it is not JSON');
  }
  const parsed = FILE.safeParse(value);
  if (!parsed.success) return damaged(`it is not a golden file of version 1 (${firstIssue(parsed.error)})`);
  const { content, golem: _golem, version: _version, ...body } = parsed.data;
  const canonical = renderBody(body);
  if (canonical.content !== content) {
    return damaged(
      `its content hash is ${brief(content)}, that of its content is ${brief(canonical.content)}`,
    );
  }
  if (canonical.text !== text) return damaged('its text is not laid out as golem writes it');
  try {
    return { state: 'sound', document: unpackBody(body), reason: body.reason };
  } catch (error) {
    return damaged(`its lines contradict each other (${error instanceof Error ? error.message : error})`);
  }
}

/**
 * True when the text is what accepting this document would write, for whatever reason it was accepted. The common
 * case, and much cheaper than reading the text and comparing documents.
 */
export function holdsDocument(text: string, document: GoldenDocument): boolean {
  const line = /^ {2}"reason": (".*"),$/m.exec(text)?.[1];
  if (line === undefined) return false;
  let reason: unknown;
  try {
    reason = JSON.parse(line);
  } catch {
    return false;
  }
  return typeof reason === 'string' && renderGolden(document, reason) === text;
}

/** The file's text and its content hash, which is over the canonical text of everything but the header. */
function renderBody(body: PackedBody & { readonly reason: string }): { text: string; content: string } {
  const lines = (names: readonly (keyof typeof body)[]): string[] =>
    names.map((name) => renderMember(name, body[name] as Json));
  const before = lines(['case']);
  const middle = lines(['reason']);
  const after = lines(['writes_base', 'writes_full']);
  const content = contentHash(`${renderObject([...before, ...middle, ...after])}\n`);
  const header = [renderMember('content', content), renderMember('golem', 'golden')];
  const text = renderObject([...before, ...header, ...middle, renderMember('version', 1), ...after]);
  return { text: `${text}\n`, content };
}

type PackedBody = {
  readonly case: { readonly date: string; readonly suite: string; readonly user: string };
  readonly writes_base: readonly JsonObject[];
  readonly writes_full: JsonObject;
};

function packedBody(document: GoldenDocument): PackedBody {
  const { suite, user, date } = document;
  const base = document.base.map((record) => packRecord(record, user));
  const patches = document.full.flatMap((record, i): [string, Json][] => {
    const patch = packPatch(base[i]!, packRecord(record, user));
    return [...patch].map(([path, leaf]) => [patchKey(`${record.id}`, path), leaf]);
  });
  return {
    case: { date, suite, user },
    writes_base: base.map((lines) => Object.fromEntries(lines)),
    writes_full: Object.fromEntries(patches),
  };
}

function unpackBody(body: PackedBody): GoldenDocument {
  const { suite, user, date } = body.case;
  const base = body.writes_base.map((lines) => new Map(Object.entries(lines)));
  const patches = new Map<string, FlatLines>();
  for (const [key, leaf] of Object.entries(body.writes_full)) {
    const { id, path } = splitPatchKey(key);
    const patch = patches.get(id) ?? new Map();
    patches.set(id, patch.set(path, leaf));
  }
  const records = base.map((lines) => unpackRecord(lines, user));
  const full = records.map((record, i) => {
    const patch = patches.get(`${record.id}`);
    patches.delete(`${record.id}`);
    return patch === undefined ? record : unpackRecord(applyPatch(base[i]!, patch), user);
  });
  if (patches.size > 0) throw new Error(`no write has the id "${[...patches.keys()].join()}"`);
  return { suite, user, date, base: records, full };
}

function damaged(damage: string): AcceptedFile {
  return { state: 'damaged', damage };
}

/** Enough of a hash to tell it from another. */
function brief(hash: string): string {
  return JSON.stringify(hash.slice(0, 23));
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  const at = issue && issue.path.length > 0 ? `at ${issue.path.join('.')}: ` : '';
  return `${at}${issue?.message ?? 'unknown'}`;
}
