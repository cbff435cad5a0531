/**
 * Makes single records simpler while all of them still show it: first what every recording has, then what the
 * migration proposes, fewer parts before simpler ones. Each step makes a line shorter, so it ends and never grows.
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

/** Simplifies each record in turn; the records returned still show it. */
export async function simplifyRecords(
  records: readonly RecordedWrite[],
  by: Simplifier,
): Promise<readonly RecordedWrite[]> {
  let current = records;
  for (let index = 0; index < current.length; index += 1) {
    const shows = (record: RecordedWrite): Promise<boolean> => by.budget.shows(current.with(index, record));
    current = current.with(index, await simplifyRecord(current[index]!, shows, by));
  }
  return current;
}

type ShowsRecord = (record: RecordedWrite) => Promise<boolean>;

async function simplifyRecord(
  record: RecordedWrite,
  shows: ShowsRecord,
  by: Simplifier,
): Promise<RecordedWrite> {
  let current = record;
  const attempt = async (candidate: RecordedWrite | null): Promise<boolean> => {
    if (candidate === null || !isShorter(candidate, current, by)) return false;
    if (!(await shows(candidate))) return false;
    current = candidate;
    return true;
  };
  // What production answered is not what a simpler record would have got; it stays only where a later one names it.
  if (current.response !== null) await attempt({ ...current, response: null });
  const { reducer } = by;
  if (reducer === null) return current;
  await leaveOutParts(current, reducer, attempt, by);
  for (let round = 0; ; round += 1) {
    const write = reducible(current);
    const simplifications = reducer.simplifications(write)[round];
    if (simplifications === undefined) return current;
    const useful = simplifications.filter((simplify) => shorter(write, simplify(write)) !== write);
    await simplifyAll(useful, (group) => {
      const simpler = group.reduce((one, simplify) => shorter(one, simplify(one)), reducible(current));
      return attempt(rewritten(current, simpler, reducer, by));
    });
  }
}

async function leaveOutParts(
  record: RecordedWrite,
  reducer: Reducer,
  attempt: (candidate: RecordedWrite | null) => Promise<boolean>,
  by: Simplifier,
): Promise<void> {
  const write = reducible(record);
  const all = Array.from({ length: reducer.parts(write) }, (_, index) => index);
  if (all.length === 0) return;
  await minimise(all, (kept) => attempt(rewritten(record, reducer.keep(write, kept), reducer, by)), {
    mayBeEmpty: true,
  });
}

/**
 * Makes everything simpler that need not stay as it is: all at once where that shows it, else by halves. Each is tried
 * at the end, and at most twice as many are asked about as there are.
 */
async function simplifyAll(
  simplifications: readonly Simplification[],
  ask: (group: readonly Simplification[]) => Promise<boolean>,
): Promise<void> {
  if (simplifications.length === 0 || (await ask(simplifications)) || simplifications.length === 1) return;
  const half = Math.ceil(simplifications.length / 2);
  await simplifyAll(simplifications.slice(0, half), ask);
  await simplifyAll(simplifications.slice(half), ask);
}

function shorter(write: ReducibleWrite, simpler: ReducibleWrite): ReducibleWrite {
  return JSON.stringify(simpler).length < JSON.stringify(write).length ? simpler : write;
}

function isShorter(candidate: RecordedWrite, record: RecordedWrite, { budget }: Simplifier): boolean {
  return budget.lineOf(candidate).length < budget.lineOf(record).length;
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
