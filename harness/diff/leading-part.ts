/**
 * Which part of a difference leads it: the stage, or the item at the source, that contributes most to one measure in
 * the direction of the difference. A file of its own because it decides what a breach is put down to.
 */
import type { Explanations, WriteResult } from '../migration.ts';
import type { Signature, SizeClass } from './causes.ts';
import { type FigureShape, figureShape } from './figure-shape.ts';
import { type Comparison, decompose, type SourceShare, type Step } from './decompose.ts';

/** The measure in which a breach is furthest over its limit, and the direction in which it goes. */
export interface Heading {
  /** Index into `Migration.measures`. */
  readonly measure: number;
  readonly sign: 1 | -1;
}

interface Part {
  readonly added: number;
  /** Null for the direction of the breach. */
  readonly signature: Omit<Signature, 'kind'>;
}

const NOTHING = {
  stage: null,
  code: null,
  entry: null,
  factor: null,
  direction: null,
  size: null,
  fields: [],
} as const;

/** Figures that differ by more than this factor, and by more than the measure's own limit, are grossly apart. */
const GROSS = 1.5;

/**
 * The signature of a breach in one write. Stages that report what they did go by their code; the source goes by what
 * the migration puts its difference down to, with the shape of its figures or a size class; a stage that says nothing goes by the measure.
 */
export function breachSignature(result: WriteResult, heading: Heading, comparison: Comparison): Signature {
  const { steps } = decompose(result, comparison);
  let lead: Part | null = null;
  for (const [index, step] of steps.entries()) {
    const parts =
      index === 0 && step.shares.length > 0
        ? sourceParts(step, heading, comparison)
        : [stagePart(step, heading, comparison)];
    for (const part of parts) if (lead === null || part.added > lead.added) lead = part;
  }
  const { signature = NOTHING } = lead ?? {};
  return { kind: 'breach', ...signature, direction: signature.direction ?? (heading.sign > 0 ? '+' : '-') };
}

function sourceParts(step: Step, heading: Heading, comparison: Comparison): Part[] {
  const stage = step.v2?.stage ?? step.legacy?.stage ?? null;
  return step.shares.map((share) => {
    const { part } = share;
    const code = part?.code ?? null;
    const shape = part !== null && code === null ? figureShape(part.legacy, part.v2, comparison) : null;
    const size = code === null && shape === null ? sizeOf(share, heading, comparison) : null;
    return {
      added: heading.sign * share.added[heading.measure]!,
      signature: { ...NOTHING, stage, code, entry: part?.blamed ?? null, size, ...shaped(shape) },
    };
  });
}

/** What a shape says in a signature: a factor, or measures that were switched, which is no way up or down. */
function shaped(shape: FigureShape | null): Partial<Signature> {
  if (shape === null) return {};
  return shape.kind === 'scaled'
    ? { factor: shape.factor }
    : { direction: 'switched', fields: shape.measures };
}

/** How far apart the paths' figures of a part are. */
function sizeOf({ part }: SourceShare, { measure }: Heading, { fields }: Comparison): SizeClass {
  if (part === null) return 'slight';
  const [legacy, v2] = [Math.abs(part.legacy[measure]!), Math.abs(part.v2[measure]!)];
  const field = fields.find((one) => one.measure === measure && !one.relative);
  if (field && Math.abs(v2 - legacy) <= field.limit.floor) return 'slight';
  return Math.max(legacy, v2) <= GROSS * Math.min(legacy, v2) ? 'slight' : 'gross';
}

function stagePart(step: Step, { measure, sign }: Heading, { measures, explain }: Comparison): Part {
  const { legacy, v2 } = step;
  const stage = v2?.stage ?? legacy?.stage ?? null;
  const codes = [...(v2?.changes ?? []), ...(legacy?.changes ?? [])].map((change) => change.code);
  const code = firstCode(codes, stage, explain);
  const fields = code === null ? [measures[measure]!.name] : [];
  return { added: sign * step.added[measure]!, signature: { ...NOTHING, stage, code, fields } };
}

/** Where a stage did several things, the one that it does first by the migration's own list. */
function firstCode(
  codes: readonly string[],
  stage: string | null,
  explain: Explanations | undefined,
): string | null {
  const listed = explain?.stages.find((one) => one.stage === stage)?.codes ?? [];
  return listed.find((code) => codes.includes(code)) ?? codes[0] ?? null;
}
