/**
 * Looks through a recording for what still looks personal, by the shapes of its values: the same finders that scrub
 * texts, let loose on every value, whatever the migration says it is. A finding names the place and the kind and
 * never the value, because findings end up in logs.
 */
import type { RecordedWrite, RecordingHeader } from '../format.ts';
import { readRecording } from '../read.ts';
import { isCard } from './find/number-shapes.ts';
import type { Search } from './find-personal.ts';
import type { PersonalKind } from './pseudonym.ts';

/** `verbatim`: a recording of real traffic that does not even say that it is anonymised. */
export type FindingKind = PersonalKind | 'verbatim';

/** One value that looks personal. */
export interface PersonalFinding {
  /** Line of the (decompressed) recording, from 1. */
  readonly line: number;
  /** The value's place, such as `request.body.message`; a key that looks personal itself is `<key>`. */
  readonly field: string;
  readonly kind: FindingKind;
}

/** What looking through a recording gave. */
export interface CheckedRecording {
  readonly records: number;
  /** The first of them, at most as many as were asked for. */
  readonly findings: readonly PersonalFinding[];
  /** All of them. */
  readonly count: number;
  readonly kinds: ReadonlyMap<FindingKind, number>;
}

/** What people read for a kind. */
export const KIND_WORDS: Readonly<Record<FindingKind, string>> = {
  mail: 'a mail address',
  phone: 'a phone number',
  card: 'a card number',
  iban: 'a bank account',
  mynumber: "a citizen's number",
  number: 'a long number',
  postal: 'a postal code',
  address: 'an address',
  place: 'coordinates',
  birth: 'a date of birth',
  ip: 'the address of a machine',
  url: 'an address of a page with an account or a secret in it',
  token: 'a key or token',
  handle: 'a handle',
  name: 'a listed name',
  verbatim: 'real traffic that is not anonymised',
};

/** Values whose whole is an id, a digest, a key or a time: they are random or public, and full of digits. */
const MACHINE_MADE =
  /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:auto:)?[0-9a-f]{64}|[a-z]{1,3}-[a-p]{24}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)$/;

/** Texts within texts are looked into so deep: an upstream's answer is JSON in a string. */
const MOST_TEXTS_WITHIN = 3;

/** Longest text that is remembered as clean, and how many: most come more than once. */
const REMEMBERED_LENGTH = 256;
const REMEMBERED_TEXTS = 32_768;

/** Looks at headers and records; made once for many recordings, since most texts come more than once. */
export interface Checker {
  header(header: RecordingHeader): readonly PersonalFinding[];
  record(record: RecordedWrite, line: number): readonly PersonalFinding[];
}

/** Makes a checker that finds what `search` finds. */
export function createChecker(search: Search): Checker {
  const clean = new Set<string>();
  return {
    header(header) {
      const found = lookThrough(header, 1, search, clean);
      const verbatim = !header.anonymised && !header.simulated;
      return verbatim ? [{ line: 1, field: 'anonymised', kind: 'verbatim' }, ...found] : found;
    },
    record: (record, line) => lookThrough(record, line, search, clean),
  };
}

function lookThrough(
  root: unknown,
  line: number,
  search: Search,
  clean: Set<string>,
): readonly PersonalFinding[] {
  const found: PersonalFinding[] = [];
  /** Keys and indices on the way to the value at hand. */
  const steps: (string | number)[] = [];

  function text(value: string, within: number): void {
    if (clean.has(value) || MACHINE_MADE.test(value)) return;
    const inner = within < MOST_TEXTS_WITHIN ? parsed(value) : undefined;
    if (inner !== undefined) {
      visit(inner, within + 1);
      return;
    }
    const spans = search(withoutMachineMade(value));
    for (const { kind } of spans) found.push({ line, field: renderField(steps), kind });
    if (spans.length > 0 || value.length > REMEMBERED_LENGTH) return;
    if (clean.size >= REMEMBERED_TEXTS) clean.clear();
    clean.add(value);
  }

  function visit(value: unknown, within: number): void {
    if (typeof value === 'string') {
      text(value, within);
    } else if (typeof value === 'number') {
      const kind = kindOfFigure(value);
      if (kind !== null) found.push({ line, field: renderField(steps), kind });
    } else if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) below(index, value[index], within);
    } else if (typeof value === 'object' && value !== null) {
      for (const key of Object.keys(value)) {
        if (!clean.has(key)) {
          steps.push(HIDDEN);
          text(key, MOST_TEXTS_WITHIN);
          steps.pop();
        }
        below(key, (value as Readonly<Record<string, unknown>>)[key], within);
      }
    }
  }

  function below(step: string | number, value: unknown, within: number): void {
    steps.push(step);
    visit(value, within);
    steps.pop();
  }

  visit(root, 0);
  return found;
}

/** Stands for a key that is not shown. */
const HIDDEN = '<key>';

/** A path such as `upstream[0].response.body.items[1].name`; only keys that programs would choose are shown. */
function renderField(steps: readonly (string | number)[]): string {
  let field = '';
  for (const step of steps) {
    if (typeof step === 'number') {
      field += `[${step}]`;
      continue;
    }
    const shown = /^[a-z_][\w-]{0,39}$/i.test(step) && !/\d{5}/.test(step) ? step : HIDDEN;
    field += field === '' ? shown : `.${shown}`;
  }
  return field;
}

/** A path or an address without the parts that are ids. */
function withoutMachineMade(text: string): string {
  if (!text.includes('/')) return text;
  return text
    .split('/')
    .map((part) => (MACHINE_MADE.test(part) ? '' : part))
    .join('/');
}

/** The value of a text that is JSON of an object or a list, else undefined. */
function parsed(text: string): unknown {
  const first = text.charAt(0);
  if (first !== '{' && first !== '[') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A card or a phone number can be written as a figure: then its leading zero or plus is lost. */
function kindOfFigure(value: number): PersonalKind | null {
  if (!Number.isInteger(value) || Math.abs(value) < 1e9) return null;
  const digits = String(Math.abs(value));
  if (isCard(digits)) return 'card';
  return /^(?:81)?[789]0\d{8}$/.test(digits) ? 'phone' : null;
}

export interface CheckOptions {
  readonly checker: Checker;
  /** Findings kept; the rest are only counted. */
  readonly most: number;
  /** Called now and then with the number of records looked through. */
  readonly progress?: (records: number) => void;
}

/** Looks through one recording. Rejects with the reader's errors for a file that is none. */
export async function checkRecording(file: string, options: CheckOptions): Promise<CheckedRecording> {
  const { checker, most } = options;
  const recording = await readRecording(file, { readOn: null });
  const findings: PersonalFinding[] = [];
  const kinds = new Map<FindingKind, number>();
  let count = 0;
  let records = 0;
  const take = (found: readonly PersonalFinding[]): void => {
    for (const finding of found) {
      count += 1;
      kinds.set(finding.kind, (kinds.get(finding.kind) ?? 0) + 1);
      if (findings.length < most) findings.push(finding);
    }
  };
  take(checker.header(recording.header));
  for await (const batch of recording.batches) {
    for (const [index, record] of batch.records.entries()) take(checker.record(record, batch.lines[index]!));
    records += batch.records.length;
    options.progress?.(records);
  }
  return { records, findings, count, kinds };
}
