/**
 * Makes records simpler while they still show it: first what every recording has, then what the migration proposes,
 * fewer parts before simpler ones. Each step makes lines shorter, so it ends and never grows.
 */
import { createHash } from 'node:crypto';
import type { Reducer, ReducibleWrite, Simplification } from '../../migration.ts';
import type { RecordedWrite } from '../format.ts';
import { recordSchema } from '../schema.ts';
import type { Budget } from './budget.ts';
import { minimise } from './delta-debugging.ts';

export interface Simplifier {
  readonly budget: Budget;
  /** Null where the migration proposes nothing. */
  readonly reducer: Reducer | null;
  /** True where keys and digests are derived from what was sent, and must be derived anew. */
  readonly verbatim: boolean;
}

/** The records on their way: the simplest that showed it so far. */
class Simpler {
  current: readonly RecordedWrite[];
  readonly #budget: Budget;

  constructor(records: readonly RecordedWrite[], budget: Budget) {
    this.current = records;
    this.#budget = budget;
  }

  /** Takes these records in place of the current ones if together they are shorter and still show it. */
  async take(records: readonly RecordedWrite[]): Promise<boolean> {
    if (this.#length(records) >= this.#length(this.current)) return false;
    if (!(await this.#budget.shows(records))) return false;
    this.current = records;
    return true;
  }

  #length(records: readonly RecordedWrite[]): number {
    let length = 0;
    for (const record of records) length += this.#budget.lineOf(record).length;
    return length;
  }
}

/** Something that can be done to one of the records; null where the result would be no record. */
interface Edit {
  readonly index: number;
  /** Place among the proposals of its round; of records that are alike the same place is the same thing. */
  readonly kind: number;
  readonly apply: (record: RecordedWrite) => RecordedWrite | null;
}

/** Simplifies all records; those returned still show it. */
export async function simplifyRecords(
  records: readonly RecordedWrite[],
  by: Simplifier,
): Promise<readonly RecordedWrite[]> {
  const simpler = new Simpler(records, by.budget);
  // What production answered is not what a simpler record would have got; it stays only where a later one names it.
  const answered = records.flatMap(({ response }, index): Edit[] =>
    response === null ? [] : [{ index, kind: 0, apply: (record) => ({ ...record, response: null }) }],
  );
  await doAll(simpler, oneByOne(answered));
  const { reducer } = by;
  if (reducer === null) return simpler.current;
  for (const index of records.keys()) await leaveOutParts(simpler, index, reducer, by);
  // Records that are needed together are often alike: what can be done to one can be done to all of them.
  if (records.length > 1) await doRounds(simpler, reducer, by, byKind);
  await doRounds(simpler, reducer, by, oneByOne);
  return simpler.current;
}

/** Edits that are done or left as a whole. */
type Unit = readonly Edit[];

/** Each round of the migration's proposals for all records, in units. */
async function doRounds(
  simpler: Simpler,
  reducer: Reducer,
  by: Simplifier,
  unitsOf: (edits: readonly Edit[]) => readonly Unit[],
): Promise<void> {
  for (let round = 0; ; round += 1) {
    const edits = simpler.current.map((record, index) => editsOf(record, index, round, reducer, by));
    if (edits.every((one) => one === null)) return;
    await doAll(simpler, unitsOf(edits.flatMap((one) => one ?? [])));
  }
}

function byKind(edits: readonly Edit[]): readonly Unit[] {
  return [...Map.groupBy(edits, ({ kind }) => kind).values()];
}

function oneByOne(edits: readonly Edit[]): readonly Unit[] {
  return edits.map((edit) => [edit]);
}

/**
 * Does everything that can be done: all at once where the records then show it, else by halves. Each unit is tried at
 * the end, and at most twice as many questions are asked as there are units.
 */
async function doAll(simpler: Simpler, units: readonly Unit[]): Promise<void> {
  if (units.length === 0) return;
  const records = [...simpler.current];
  for (const { index, apply } of units.flat()) records[index] = apply(records[index]!) ?? records[index]!;
  if ((await simpler.take(records)) || units.length === 1) return;
  const half = Math.ceil(units.length / 2);
  await doAll(simpler, units.slice(0, half));
  await doAll(simpler, units.slice(half));
}

async function leaveOutParts(
  simpler: Simpler,
  index: number,
  reducer: Reducer,
  by: Simplifier,
): Promise<void> {
  const record = simpler.current[index]!;
  const write = reducible(record);
  const all = Array.from({ length: reducer.parts(write) }, (_, part) => part);
  const shows = async (kept: readonly number[]): Promise<boolean> => {
    const candidate = rewritten(record, reducer.keep(write, kept), reducer, by);
    return candidate !== null && simpler.take(simpler.current.with(index, candidate));
  };
  await minimise(all, shows, { mayBeEmpty: true });
}

/** What a round of the migration's proposals can do to a record; null after the last round. */
function editsOf(
  record: RecordedWrite,
  index: number,
  round: number,
  reducer: Reducer,
  by: Simplifier,
): readonly Edit[] | null {
  const write = reducible(record);
  const simplifications = reducer.simplifications(write)[round];
  if (simplifications === undefined) return null;
  return simplifications.flatMap((simplify, kind): Edit[] =>
    shorter(write, simplify) === write
      ? []
      : [{ index, kind, apply: (one) => rewritten(one, shorter(reducible(one), simplify), reducer, by) }],
  );
}

/** What the simplification makes of a write, if that is shorter; else the write itself. */
function shorter(write: ReducibleWrite, simplify: Simplification): ReducibleWrite {
  const simpler = simplify(write);
  return JSON.stringify(simpler).length < JSON.stringify(write).length ? simpler : write;
}

function reducible({ user, request, upstream }: RecordedWrite): ReducibleWrite {
  return {
    user,
    request,
    upstream: upstream.map(({ response, latency_ms }) => ({ response, latencyMs: latency_ms })),
  };
}

/** The record with a write in place of its own; null where the result would be no record. */
function rewritten(
  record: RecordedWrite,
  { user, request, upstream }: ReducibleWrite,
  reducer: Reducer,
  { verbatim }: Simplifier,
): RecordedWrite | null {
  const question = verbatim ? reducer.question(request) : null;
  const digest = question && sha256(question.body);
  // Calls of one write ask the same; further ones of a write that asked none would be invented.
  const first = record.upstream[0]?.request;
  if (first === undefined && upstream.length > 0) return null;
  const candidate: RecordedWrite = {
    ...record,
    request_key: verbatim ? sha256(reducer.requestKey(user, request)) : record.request_key,
    request,
    upstream: upstream.map(({ response, latencyMs }, index) => {
      const asked = record.upstream[index]?.request ?? first!;
      return {
        request: digest === null ? asked : { ...asked, body_sha256: digest },
        response,
        latency_ms: latencyMs,
      };
    }),
  };
  return recordSchema.validate(candidate) ? candidate : null;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
