/**
 * The ledger of expected differences: which breaches someone answers for, why, and until when. Its text becomes a value
 * here, with every fault of the file told at once; nothing here reads a disk or a clock.
 */
import { GolemError } from '../errors.ts';
import {
  type Problem,
  readYaml,
  renderProblems,
  type YamlEntry,
  type YamlFile,
  type YamlNode,
} from '../alerts/yaml-source.ts';

/** Which breaches an entry covers: those for which all that is given holds. */
export interface Predicate {
  /** A pattern over case names, `suite/user/date`, as `golem golden accept` takes it; null for every case. */
  readonly case: string | null;
  /** `record` or `day`; null for both. */
  readonly level: 'record' | 'day' | null;
  /** Null for every field. */
  readonly fields: readonly string[] | null;
  /** The id of a cause, as the report shows it. */
  readonly cause: string | null;
  /** The stage and the code that lead the difference. */
  readonly stage: string | null;
  readonly code: string | null;
  /** The most a covered difference may be, in each field's unit, whichever its sign; null for any size. */
  readonly atMost: Readonly<Record<string, number>> | null;
}

export interface LedgerEntry {
  readonly id: string;
  readonly reason: string;
  readonly owner: string;
  /** The last day on which the entry holds, YYYY-MM-DD. */
  readonly expires: string;
  readonly where: Predicate;
  /** Line of the file, from 1. */
  readonly line: number;
}

export interface Ledger {
  /** As the config names it. */
  readonly file: string;
  readonly entries: readonly LedgerEntry[];
}

/** Names that an entry may use; without them any name is taken. */
export interface KnownNames {
  readonly fields: readonly string[];
  /** Null where the migration does not name them. */
  readonly stages: readonly string[] | null;
}

const EXAMPLE = '{ id, where, reason, owner, expires }';
const WHERE_KEYS = ['case', 'level', 'fields', 'cause', 'stage', 'code', 'at_most'];

/**
 * Reads a ledger's text. Throws one `GolemError` of kind `data` with every fault, each with line and column; a file
 * that says nothing is a fault too, while `expected: []` is a ledger with nothing in it.
 */
export function readLedger(text: string, file: string, known?: KnownNames): Ledger {
  const yaml = readYaml(file, text);
  const entries = yaml.root === undefined ? nothingIn(yaml) : readRoot(yaml, yaml.root, known);
  if (yaml.problems.length > 0) throw refusal(yaml.problems, file);
  return { file, entries };
}

function nothingIn(yaml: YamlFile): LedgerEntry[] {
  if (yaml.problems.length === 0) {
    yaml.report(
      { file: yaml.file, line: 1, column: 1 },
      'it is empty; a ledger without entries says "expected: []"',
    );
  }
  return [];
}

function refusal(problems: readonly Problem[], file: string): GolemError {
  const [first, ...others] = problems;
  const next = `$EDITOR ${file}`;
  const told = {
    kind: 'data',
    verb: 'read the ledger of expected differences',
    subject: file,
    next,
  } as const;
  if (first && others.length === 0)
    return new GolemError({ ...told, reason: first.reason, place: first.place });
  const reason = `${problems.length} problems:\n${renderProblems(problems)}`;
  return new GolemError({ ...told, reason });
}

function readRoot(yaml: YamlFile, root: YamlNode, known: KnownNames | undefined): LedgerEntry[] {
  const members = membersOf(yaml, root, 'the ledger', ['version', 'expected']);
  const version = members.get('version');
  if (version && version.value.text !== '1') yaml.report(version.value.place, 'expected version 1');
  const list = members.get('expected');
  if (list === undefined || (list.value.isNull && !list.value.isList)) {
    yaml.report(list?.value.place ?? root.place, `expected "expected", a list of entries ${EXAMPLE}`);
    return [];
  }
  const entries = list.value.items('"expected"').flatMap((node) => readEntry(yaml, node, known));
  const seen = new Map<string, number>();
  for (const { id, line } of entries) {
    const first = seen.get(id);
    if (first === undefined) seen.set(id, line);
    else
      yaml.report(
        { file: yaml.file, line, column: 1 },
        `the id "${id}" is that of the entry in line ${first} already`,
      );
  }
  return entries;
}

function readEntry(yaml: YamlFile, node: YamlNode, known: KnownNames | undefined): LedgerEntry[] {
  const members = membersOf(yaml, node, 'an entry', ['id', 'where', 'reason', 'owner', 'expires']);
  const text = (key: string, what: string, accepts: (text: string) => boolean): string => {
    const member = members.get(key);
    const given = member?.value.text?.trim() ?? '';
    if (!accepts(given)) yaml.report(member?.value.place ?? node.place, `expected "${key}": ${what}`);
    return given;
  };
  const isText = (given: string): boolean => /[\p{L}\p{N}]/u.test(given);
  const id = text('id', 'a name of letters, digits, ".", "_" and "-"', (given) => /^\w[\w.-]*$/.test(given));
  const reason = text('reason', 'why the difference is expected, in words', isText);
  const owner = text('owner', 'who answers for it', isText);
  const expires = text('expires', 'the last day on which it holds, such as 2026-03-31', isDate);
  const where = members.get('where');
  if (where === undefined) yaml.report(node.place, 'expected "where": what the entry covers');
  const line = node.place.line ?? 1;
  return where ? [{ id, reason, owner, expires, where: readWhere(yaml, where.value, known), line }] : [];
}

/** True for a day that the calendar has, as YYYY-MM-DD. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function readWhere(yaml: YamlFile, node: YamlNode, known: KnownNames | undefined): Predicate {
  const members = membersOf(yaml, node, '"where"', WHERE_KEYS);
  const text = (key: string, what: string, accepts: (text: string) => boolean): string | null => {
    const member = members.get(key);
    if (member === undefined) return null;
    const given = member.value.text ?? '';
    if (!accepts(given)) yaml.report(member.value.place, `expected "${key}" to be ${what}`);
    return given;
  };
  const isKnown = (names: readonly string[] | null) => (given: string) =>
    given !== '' && (names === null || names.includes(given));
  const stages = known?.stages ?? null;
  const level = text('level', 'record or day', (given) => given === 'record' || given === 'day');
  const predicate: Predicate = {
    case: text('case', "a pattern such as 'suite/user/*'", (given) => given !== ''),
    level: level as Predicate['level'],
    fields: readFields(yaml, members.get('fields'), known),
    cause: text('cause', 'the id of a cause, such as c-3fa91b2c', (given) => /^c-[0-9a-f]{8}$/.test(given)),
    stage: text('stage', `a stage${listed(stages)}`, isKnown(stages)),
    code: text('code', 'a code that a stage reports', (given) => given !== ''),
    atMost: readBounds(yaml, members.get('at_most'), known),
  };
  const saysWhy = predicate.cause !== null || predicate.stage !== null || predicate.code !== null;
  if (!saysWhy && (predicate.case === null || predicate.fields === null)) {
    yaml.report(
      node.place,
      'it would cover whatever comes: give a cause, a stage or a code, or a case and fields',
    );
  }
  return predicate;
}

function readFields(
  yaml: YamlFile,
  entry: YamlEntry | undefined,
  known: KnownNames | undefined,
): readonly string[] | null {
  if (entry === undefined) return null;
  const names = entry.value.items('"fields"').map((item) => {
    checkField(yaml, item.text ?? '', item, known);
    return item.text ?? '';
  });
  if (names.length === 0) yaml.report(entry.value.place, 'expected "fields" to name at least one field');
  return names;
}

function readBounds(
  yaml: YamlFile,
  entry: YamlEntry | undefined,
  known: KnownNames | undefined,
): Readonly<Record<string, number>> | null {
  if (entry === undefined) return null;
  const bounds = entry.value.entries('"at_most"').map(({ key, value }): [string, number] => {
    checkField(yaml, key, value, known);
    const bound = value.text === undefined || value.text.trim() === '' ? Number.NaN : Number(value.text);
    if (!(bound >= 0 && bound < Number.POSITIVE_INFINITY)) {
      yaml.report(value.place, `expected the bound of ${key} to be a number of 0 or more`);
    }
    return [key, bound];
  });
  return Object.fromEntries(bounds);
}

function checkField(yaml: YamlFile, name: string, node: YamlNode, known: KnownNames | undefined): void {
  if (name !== '' && (known === undefined || known.fields.includes(name))) return;
  yaml.report(node.place, `no field is called "${name}"${listed(known?.fields)}`);
}

function listed(names: readonly string[] | null | undefined): string {
  return names == null ? '' : `; there are ${names.join(', ')}`;
}

/** A mapping's members by key; other keys than these are problems. */
function membersOf(
  yaml: YamlFile,
  node: YamlNode,
  what: string,
  keys: readonly string[],
): ReadonlyMap<string, YamlEntry> {
  const members = new Map<string, YamlEntry>();
  if (node.isNull) yaml.report(node.place, `expected ${what} to be a mapping of ${keys.join(', ')}`);
  for (const entry of node.entries(what)) {
    if (keys.includes(entry.key)) members.set(entry.key, entry);
    else yaml.report(entry.keyPlace, `${what} has no "${entry.key}"; it takes ${keys.join(', ')}`);
  }
  return members;
}
