/**
 * Holds a suite's outcomes against the accepted ones and says whose outcome changed: legacy's, V2's or both. Pure, and
 * a file of its own because the gate, `golden status` and `golden accept` must never disagree on what has changed.
 */
import type { Finding } from '../report/shape.ts';
import type { GoldenDocument } from './case.ts';
import { type CaseKey, caseFile, caseName, pendingFile } from './case-key.ts';
import { oneLine, type OutcomeChange, outcomeChanges } from './changes.ts';
import { holdsDocument, parseGolden } from './file.ts';
import { byCodeUnit } from './json.ts';

/** What stands on the disk for a case: a text, or the reason why it was not read. */
export type AcceptedText = { readonly text: string } | { readonly damage: string };

/** Something below a suite's golden folder that belongs to no case, by its path below that folder. */
export interface StrayEntry {
  readonly path: string;
  readonly what: string;
}

export interface GoldenInput {
  readonly suite: string;
  /** Folder of the golden files as findings name it, relative to the repository. */
  readonly goldenDir: string;
  readonly accepted: ReadonlyMap<CaseKey, AcceptedText>;
  readonly documents: ReadonlyMap<CaseKey, GoldenDocument>;
  /** Cases that have a pending file from before this comparison. */
  readonly pending: readonly CaseKey[];
  readonly strays: readonly StrayEntry[];
}

export interface GoldenComparison {
  readonly matched: number;
  readonly changed: number;
  readonly missing: number;
  readonly orphaned: number;
  readonly damaged: number;
  readonly pending: number;
  /** Sorted by case; one finding for each case or entry that is not as it should be. */
  readonly findings: readonly Finding[];
  /** Cases that accepting would write, with what is wrong with each. */
  readonly unaccepted: ReadonlyMap<CaseKey, 'changed' | 'missing' | 'damaged'>;
}

/** Differences that one finding spells out. */
const SPELLED_OUT = 3;

/** Characters of a value that a finding shows. */
const VALUE_SHOWN = 60;

/** Compares every case of one suite. Same input, same findings, in the same order. */
export function compareGolden(input: GoldenInput): GoldenComparison {
  const findings: Finding[] = [];
  const unaccepted = new Map<CaseKey, 'changed' | 'missing' | 'damaged'>();
  const counts = { matched: 0, changed: 0, missing: 0, orphaned: 0, damaged: 0, pending: 0 };
  const add = (code: string, key: CaseKey, detail: string, remedy: string, file: string): void => {
    findings.push({ suite: input.suite, code, subject: caseName(input.suite, key), detail, remedy, file });
  };
  const keys = new Set([...input.accepted.keys(), ...input.documents.keys(), ...input.pending]);
  for (const key of [...keys].sort(byCodeUnit)) {
    const file = caseFile(input.goldenDir, input.suite, key);
    const accepted = input.accepted.get(key);
    const document = input.documents.get(key);
    if (document === undefined && accepted !== undefined) {
      counts.orphaned++;
      add('golden/orphaned', key, 'has a golden file, but no record of this case was replayed', PRUNE, file);
    } else if (document !== undefined) {
      const verdict = judge(accepted, document);
      if (verdict === null) counts.matched++;
      else {
        counts[verdict.state]++;
        unaccepted.set(key, verdict.state);
        add(verdict.code, key, verdict.detail, acceptCommand(input.suite, key), file);
      }
    }
    if (input.pending.includes(key) && !unaccepted.has(key)) {
      counts.pending++;
      const detail = 'an earlier run left a pending file behind, and this run has nothing to accept for it';
      add('golden/pending', key, detail, PRUNE, pendingFile(input.goldenDir, input.suite, key));
    }
  }
  for (const { path, what } of input.strays) {
    counts.orphaned++;
    const file = `${input.goldenDir}/${input.suite}/${path}`;
    add('golden/orphaned', path, `belongs to no case: ${what}`, PRUNE, file);
  }
  return { ...counts, findings, unaccepted };
}

/** Findings for files below the golden folder that belong to no suite of the config; paths below that folder. */
export function unclaimedFindings(goldenDir: string, paths: readonly string[]): readonly Finding[] {
  return paths.map((path) => ({
    suite: 'gate',
    code: 'golden/orphaned',
    subject: path,
    detail: 'belongs to no suite of the config that keeps golden files',
    remedy: PRUNE,
    file: `${goldenDir}/${path}`,
  }));
}

const PRUNE = 'npx golem golden prune';

function acceptCommand(suite: string, key: CaseKey): string {
  return `npx golem golden accept '${caseName(suite, key)}' --reason "…"`;
}

interface Verdict {
  readonly state: 'changed' | 'missing' | 'damaged';
  readonly code: string;
  readonly detail: string;
}

/** Null when the outcome is the accepted one. */
function judge(accepted: AcceptedText | undefined, document: GoldenDocument): Verdict | null {
  if (accepted === undefined) {
    const detail = `has no golden file; ${count(document.base.length, 'record')} replayed`;
    return { state: 'missing', code: 'golden/missing', detail };
  }
  if ('damage' in accepted) return damaged(accepted.damage);
  if (holdsDocument(accepted.text, document)) return null;
  const read = parseGolden(accepted.text);
  if (read.state === 'damaged') return damaged(read.damage);
  const { suite, user, date } = read.document;
  if (suite !== document.suite || user !== document.user || date !== document.date) {
    return damaged(`it holds the case ${brief(`${suite}/${user}/${date}`)}`);
  }
  const changes = outcomeChanges(read.document, document);
  return changes.length === 0 ? null : changedVerdict(changes);
}

function damaged(damage: string): Verdict {
  return { state: 'damaged', code: 'golden/damaged', detail: `its golden file is damaged: ${damage}` };
}

/** For people: `r0003 v2/totals/amount: 12 → 13`. */
function sentenceOf({ setting, record, path, kind, accepted, seen }: OutcomeChange): string {
  const place = record === '' ? 'records' : [record, ...(path === '' ? [] : [path])].join(' ');
  const isRecord = record !== '' && path === '';
  const shown = (value: unknown): string => (isRecord && value !== undefined ? 'a record' : brief(value));
  const what = kind === 'order' || kind === 'length' ? ` (${kind})` : '';
  return `${setting === 'full' ? 'under full ' : ''}${place}${what}: ${shown(accepted)} → ${shown(seen)}`;
}

/** Derived parts follow from either path, so they name one only where nothing else does: then it is V2's. */
function changedVerdict(changes: readonly OutcomeChange[]): Verdict {
  const isLegacy = changes.some(({ side }) => side === 'legacy' || side === 'both');
  const isV2 = !isLegacy || changes.some(({ side }) => side === 'v2' || side === 'both');
  const code = isLegacy && isV2 ? 'both_changed' : isLegacy ? 'legacy_changed' : 'v2_changed';
  const ordered = [
    ...changes.filter(({ side }) => side !== 'derived'),
    ...changes.filter(({ side }) => side === 'derived'),
  ];
  const told = ordered.slice(0, SPELLED_OUT).map(sentenceOf);
  const more = ordered.length - told.length;
  return {
    state: 'changed',
    code: `golden/${code}`,
    detail: [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; '),
  };
}

function brief(value: unknown): string {
  const characters = [...oneLine(value)];
  if (characters.length <= VALUE_SHOWN) return characters.join('');
  return `${characters.slice(0, VALUE_SHOWN - 1).join('')}…`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
