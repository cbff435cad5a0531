/**
 * What many differences have in common: the shape of a cause, its id, and the words for it. A file of its own because
 * the gate, the report, the review and the ledger of expected differences all speak of the same causes.
 */
import { hash } from 'node:crypto';
import type { Explanations } from '../migration.ts';

/** How the differences of a cause go: up, down, or something that now happens or no longer does. */
export type Direction = '+' | '-' | 'switched' | null;

/**
 * How far apart both paths begin, where no code says why: within what rounding and estimates do, or beyond. Of golden,
 * `slight` is what rounding alone did.
 */
export type SizeClass = 'slight' | 'gross';

/**
 * What makes two differences the same cause. Fields and size stand in it only where no stage, code or entry names the
 * cause: one constant that moves touches other fields in one record than in the next.
 */
export interface Signature {
  readonly kind: 'breach' | 'golden';
  /** The stage where the outcome changed or the paths part most; null where none can be named. */
  readonly stage: string | null;
  /** What that stage reported, such as the code of a guard. */
  readonly code: string | null;
  /** The entry of a dictionary, or the unit, that the differences share; `a|b` where they cannot be told apart. */
  readonly entry: string | null;
  /** The factor by which the stage changed what it looked at, to three digits, where that sets the cause apart. */
  readonly factor: number | null;
  readonly direction: Direction;
  readonly size: SizeClass | null;
  /** Sorted. */
  readonly fields: readonly string[];
}

/** One write of a cause. */
export interface CausedWrite {
  /** The case it belongs to, as `suite/user/date`. */
  readonly case: string;
  /** The record's id; empty where the case as a whole is meant. */
  readonly record: string;
}

export interface Cause {
  /** From the signature alone, so the same on every machine and in whatever order users come, such as `c-3fa91b2c`. */
  readonly id: string;
  readonly kind: 'breach' | 'golden';
  /** One line for people. */
  readonly label: string;
  readonly signature: Signature;
  /** Differences it explains. Golden: records whose outcome changed; breach: records and running days in breach. */
  readonly count: number;
  /** Sorted. Golden: every case, `suite/user/date`; breach: the first few, `suite/user/record` or `suite/user/date`. */
  readonly subjects: readonly string[];
  /** What changed or is in breach in any of them, sorted: measures or columns for golden, fields for breaches. */
  readonly fields: readonly string[];
}

/** The id of a signature: `c-` and eight hexadecimal digits of its SHA-256. */
export function causeId(signature: Signature): string {
  const { kind, stage, code, entry, factor, direction, size, fields } = signature;
  const text = JSON.stringify([kind, stage, code, entry, factor, direction, size, fields]);
  return `c-${hash('sha256', text, 'hex').slice(0, 8)}`;
}

/** Makes a cause of a signature; `explain` finds the words. */
export function causeOf(
  signature: Signature,
  seen: Pick<Cause, 'count' | 'subjects' | 'fields'>,
  explain: Explanations | undefined,
): Cause {
  const label = labelOf(signature, explain);
  return { id: causeId(signature), kind: signature.kind, label, signature, ...seen };
}

/** Causes in the order in which they are shown: the most differences first, then by id. */
export function byCount(a: Cause, b: Cause): number {
  return b.count - a.count || (a.id < b.id ? -1 : 1);
}

const GOLDEN_DIRECTIONS = { '+': ', up', '-': ', down', switched: ', newly or no longer' } as const;
const BREACH_DIRECTIONS = { '+': ', V2 higher', '-': ', V2 lower', switched: '' } as const;

/** One line: what the cause is about, by how much it is multiplied, and which way it goes. */
export function labelOf(signature: Signature, explain: Explanations | undefined): string {
  const { kind, code, entry, factor, direction, size, fields } = signature;
  const words = aboutOf(signature, explain);
  if (kind === 'breach' && direction === 'switched') return `${words}: ${fields.join(' and ')} exchanged`;
  if (kind === 'breach' && factor !== null) return `${words}: V2 ${timesWords(factor)} legacy's`;
  const about = kind === 'golden' && size === 'slight' ? `rounding in ${words}` : words;
  const times = factor === null ? '' : ` × ${factor}`;
  const directions = kind === 'golden' ? GOLDEN_DIRECTIONS : BREACH_DIRECTIONS;
  const way = direction === null ? '' : directions[direction];
  const far = size === null || kind === 'golden' ? '' : ` (${size})`;
  const unnamed = code === null && entry === null && fields.length > 0;
  return `${about}${times}${unnamed ? `: ${named(fields)}` : ''}${way}${far}`;
}

/** How far a decimal point slipped. */
function timesWords(factor: number): string {
  const words: Readonly<Record<number, string>> = {
    0.1: 'a tenth of',
    0.01: 'a hundredth of',
    0.001: 'a thousandth of',
  };
  return words[factor] ?? `${factor} times`;
}

/** Fields that a label names before it counts the rest. */
const FIELDS_NAMED = 4;

function named(fields: readonly string[]): string {
  const more = fields.length - FIELDS_NAMED;
  return more <= 0 ? fields.join(', ') : `${fields.slice(0, FIELDS_NAMED).join(', ')} and ${more} more`;
}

function aboutOf({ kind, stage, code, entry }: Signature, explain: Explanations | undefined): string {
  if (entry?.includes('|')) {
    const parts = entry.split('|').map((one) => aboutOf({ stage, code, entry: one } as Signature, explain));
    return parts.join(' or ');
  }
  const words = explain?.describe({ stage, code, entry });
  if (words != null) return words;
  if (entry !== null) return entry;
  if (code !== null) return stage === null ? code : `${code} (${stage})`;
  if (stage !== null) return `stage ${stage}`;
  return kind === 'golden' ? 'no stage tells why' : 'no stage stands out';
}
