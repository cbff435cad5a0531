/**
 * `golem shrink` on one screen: what to look for is found in one replay, likely parts are tried, what shows it is
 * reduced, and the result is what a fixture is made of.
 */
import type { GolemConfig } from '../config.ts';
import { GolemError } from '../errors.ts';
import type { FlagTexts } from '../migration.ts';
import type { RecordedWrite, RecordingHeader } from '../recording/format.ts';
import { Budget } from '../recording/shrink/budget.ts';
import { reduceRecords } from '../recording/shrink/reduce.ts';
import { costOf, type Look, look, sourceOf } from './shrink/look.ts';
import { select, type Selection } from './shrink/select.ts';
import { describeSignature, type Signature, showsSignature } from './shrink/signature.ts';
import type { Wanted } from './shrink/wanted.ts';

export interface ShrinkOptions {
  readonly config: GolemConfig;
  readonly root: string;
  /** As given; relative to the working directory or absolute. */
  readonly recording: string;
  readonly wanted: Wanted;
  readonly flags: FlagTexts;
  readonly seed: string;
  /** Replays made at most. */
  readonly most: number;
  readonly progress: (line: string) => void;
}

/** How much there is of something. */
export interface Size {
  readonly records: number;
  readonly users: number;
}

export interface Shrunk {
  readonly header: RecordingHeader;
  readonly records: readonly RecordedWrite[];
  readonly signature: Signature;
  /** The signature in one line. */
  readonly text: string;
  readonly before: Size;
  readonly after: Size & { readonly bytes: number };
  readonly replays: number;
  readonly most: number;
  /** True when replays ran out before nothing more could go. */
  readonly stopped: boolean;
  /** The defect of the recording's own suite, under which it was replayed; null for none. */
  readonly defect: string | null;
}

/**
 * The smallest recording that still shows the same. The same inputs give the same records. Rejects with kind `data`
 * where the recording does not show what is wanted, `usage` where nothing can be meant by it.
 */
export async function shrink(options: ShrinkOptions): Promise<Shrunk> {
  const { config, most, progress } = options;
  const store = await config.migration.openStore({ kind: 'memory' }, 'replay');
  try {
    progress(`replaying ${options.recording}`);
    const selection = await select({ ...options, store });
    const { header, signature, looking } = selection;
    const budget = new Budget(
      async (records) => {
        const seen = await look(async () => sourceOf(header, records), looking);
        return showsSignature(signature, seen);
      },
      {
        most,
        cost: costOf(looking),
        spent: selection.spent,
        onRun: (runs, records) => progress(`replay ${runs} of at most ${most}: ${records.length} records`),
      },
    );
    const records = await reduceRecords(await firstShowing(selection, budget), {
      budget,
      reducer: config.migration.reducer ?? null,
      verbatim: !header.anonymised,
      // What changed against an accepted outcome can only be seen in the very records it was accepted of.
      inside: signature.kind !== 'golden',
      dayOf: selection.dayOf,
    });
    return resultOf(records, selection, budget, options);
  } finally {
    await store.close();
  }
}

/** The smallest of the likely parts that shows it; a signature that nothing shows again is golem's own fault. */
async function firstShowing(
  { parts, signature }: Selection,
  budget: Budget,
): Promise<readonly RecordedWrite[]> {
  for (const part of parts) if (part.length > 0 && (await budget.shows(part))) return part;
  if (budget.exhausted) {
    throw new GolemError({
      kind: 'usage',
      verb: 'shrink',
      subject: 'recording',
      reason: 'the replays allowed are too few to find it again',
      next: 'golem shrink --help',
    });
  }
  throw new Error(`no part of the recording shows ${describeSignature(signature, (cause) => cause)} again`);
}

/** A cause as reports show it: by itself, or the wider one that it is counted under. */
function describeCause(id: string, { hits, causes }: Look): string {
  const ids = hits.find((hit) => hit.causes[0] === id)?.causes ?? [];
  const shown = ids.map((one) => causes.get(one)).find((one) => one !== undefined);
  return shown ? `${shown.label} (${shown.id})` : id;
}

function resultOf(
  records: readonly RecordedWrite[],
  { header, signature, seen, whole, looking }: Selection,
  budget: Budget,
  { most }: ShrinkOptions,
): Shrunk {
  const bytes = records.reduce((sum, record) => sum + Buffer.byteLength(budget.lineOf(record)) + 1, 0);
  const times = records.map(({ at }) => at).sort();
  return {
    header: { ...header, captured: { from: times[0]!, to: times.at(-1)! } },
    records,
    signature,
    text: describeSignature(signature, (cause) => describeCause(cause, seen)),
    before: whole,
    after: { records: records.length, users: new Set(records.map(({ user }) => user)).size, bytes },
    replays: budget.runs,
    most,
    stopped: budget.exhausted,
    defect: looking.defect,
  };
}
