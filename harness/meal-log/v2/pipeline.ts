/**
 * V2 from the provider's answer to finalised totals: normalise, ten guards in their order, compute, finalise. Each
 * stage leaves a trace entry, so that a difference can later be explained by the stage where it began.
 */
import type { Change, Ids, TraceEntry, WriteRequest } from '../../migration.ts';
import { totalsArray } from '../fields.ts';
import type { Analysis } from '../provider/answer-shape.ts';
import type { Totals } from '../store/contract.ts';
import { finaliseSimple, finaliseTwoStep, type RawTotals } from '../write/finalise.ts';
import { type Draft, type Stage, sumCounted } from './draft.ts';
import { limits } from './guards/a-limits.ts';
import { skip } from './guards/b-skip.ts';
import { portion } from './guards/c-portion.ts';
import { duplicates } from './guards/d-duplicates.ts';
import { unknown } from './guards/e-unknown.ts';
import { generic } from './guards/f-generic.ts';
import { density } from './guards/g-density.ts';
import { oil } from './guards/h-oil.ts';
import { atwater } from './guards/i-atwater.ts';
import { proposals } from './guards/j-proposals.ts';
import { normalise } from './normalise.ts';

/** The ten guards in production's order. */
export const GUARDS: readonly Stage[] = [
  limits,
  skip,
  portion,
  duplicates,
  unknown,
  generic,
  density,
  oil,
  atwater,
  proposals,
];

export interface V2Input {
  readonly request: WriteRequest;
  readonly analysis: Analysis;
  readonly atMs: number;
  readonly tzOffsetMinutes: number;
  readonly ids: Ids;
}

export interface V2Computation {
  readonly draft: Draft;
  /** Null for a skip and for a record that guard a refused. */
  readonly totals: Totals | null;
  readonly trace: readonly TraceEntry[];
}

/** How V2 computes: the guards and the finalisation. Defect variants differ from the healthy one here. */
export interface V2Stages {
  readonly guards: readonly Stage[];
  finalise(raw: RawTotals, changes: Change[]): Totals;
}

/** The healthy stages; `simpleScale` is the flag `ATWATER_SIMPLE_SCALE`. */
export function healthyStages(simpleScale: boolean): V2Stages {
  return { guards: GUARDS, finalise: simpleScale ? finaliseSimple : finaliseTwoStep };
}

const UNCHANGED: readonly Change[] = [];

function rawArray(raw: RawTotals): number[] {
  return [raw.kcal, raw.p, raw.f, raw.c];
}

/** Computes V2's totals of an analysed meal. It is given nothing of legacy's. */
export function computeV2(input: V2Input, stages: V2Stages): V2Computation {
  const draft = normalise({
    request: input.request,
    answer: input.analysis.answer,
    atMs: input.atMs,
    tzOffsetMinutes: input.tzOffsetMinutes,
    ids: input.ids,
  });
  let raw = sumCounted(draft.items);
  let running = rawArray(raw);
  const trace: TraceEntry[] = [{ stage: 'normalise', totals: running, changes: UNCHANGED }];
  let changes: Change[] = [];
  for (const stage of stages.guards) {
    stage.run(draft, changes);
    if (changes.length === 0) {
      trace.push({ stage: stage.name, totals: running, changes: UNCHANGED });
      continue;
    }
    raw = sumCounted(draft.items);
    running = rawArray(raw);
    trace.push({ stage: stage.name, totals: draft.event === 'skip' ? null : running, changes });
    if (draft.refused) return { draft, totals: null, trace };
    changes = [];
  }
  if (draft.event === 'skip') return { draft, totals: null, trace };
  trace.push({ stage: 'compute', totals: running, changes: UNCHANGED });
  const totals = stages.finalise(raw, changes);
  for (const change of changes) draft.warnings.push(change.code);
  trace.push({ stage: 'finalise', totals: totalsArray(totals), changes });
  return { draft, totals, trace };
}
