/**
 * A finished request as plain values and one block of bytes, ready for another thread. Bytes are copied, since the
 * service may still hold the pieces they came in, and a piece at a time, since a picture's megabytes would otherwise
 * hold up whoever is asking meanwhile.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Collected, Piece } from './collected.ts';
import type { AnswerHead, Intake } from './intake.ts';

/** Where in the batch's bytes something stands. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface ParcelCall {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly contentEncoding: string;
  readonly latencyMs: number;
  readonly answered: boolean;
  readonly sent: Span;
  readonly received: Span;
}

export interface Parcel {
  readonly id: string;
  readonly user: string;
  readonly atMs: number;
  /** Positions among everything that happened: see `twins.ts`. */
  readonly arrivedTick: number;
  readonly settledTick: number;
  readonly calledTick: number | null;
  readonly method: string;
  readonly path: string;
  /** Only those that may be kept. */
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly contentEncoding: string;
  /** True when a parser had the body before capture, which then saw its value in place of its bytes. */
  readonly parsedBefore: boolean;
  readonly body: Span;
  readonly head: AnswerHead | null;
  /** Null when the answer was too large to keep. */
  readonly answer: Span | null;
  readonly calls: readonly ParcelCall[];
}

/** Writes that go together. */
export interface Batch {
  readonly writes: number;
  /** Parcels as JSON, which costs half of what threads take to copy objects: see `groupsOf`. */
  readonly parcels: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The parcels of a batch in groups, each one user's, in the order of arrival. */
export function groupsOf(batch: Batch): readonly (readonly Parcel[])[] {
  return JSON.parse(batch.parcels) as readonly (readonly Parcel[])[];
}

/** What parcels are made with. */
export interface Packing {
  /** Headers that may be kept. */
  readonly headerNames: readonly string[];
  /** The id of the record of the request that arrived at this position. */
  readonly idOf: (tick: number) => string;
}

/** Bytes copied between two turns of the event loop: some fifty microseconds. */
const COPY_BYTES = 512 * 1024;

/** Packs groups of settled intakes whose users are known. */
export async function pack(groups: readonly (readonly Intake[])[], packing: Packing): Promise<Batch> {
  const steps = stepsOf(groups, packing);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await turn();
  }
}

/** The same in one go, for a process that ends. */
export function packNow(groups: readonly (readonly Intake[])[], packing: Packing): Batch {
  const steps = stepsOf(groups, packing);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Packs, and stops wherever others should have their turn. */
function* stepsOf(
  groups: readonly (readonly Intake[])[],
  packing: Packing,
): Generator<undefined, Batch, undefined> {
  const pieces: Piece[] = [];
  let length = 0;
  const add = (collected: Pick<Collected, 'bytes' | 'pieces'>): Span => {
    const from = length;
    pieces.push(...collected.pieces());
    length += collected.bytes;
    return { from, to: length };
  };
  const parcels = groups.map((group) => group.map((intake) => parcelOf(intake, packing, add)));
  const bytes = Buffer.from(new ArrayBuffer(length));
  let at = 0;
  let copied = 0;
  for (const piece of pieces) {
    const size = typeof piece === 'string' ? bytes.write(piece, at) : put(bytes, piece, at);
    at += size;
    copied += size;
    if (copied < COPY_BYTES) continue;
    copied = 0;
    yield;
  }
  return { writes: parcels.flat().length, parcels: JSON.stringify(parcels), bytes };
}

function put(into: Uint8Array, piece: Uint8Array, at: number): number {
  into.set(piece, at);
  return piece.length;
}

function parcelOf(
  intake: Intake,
  { headerNames, idOf }: Packing,
  add: (collected: Pick<Collected, 'bytes' | 'pieces'>) => Span,
): Parcel {
  const { arrival, body, answer, calls } = intake;
  const { headers } = arrival;
  const parsedBefore = body.bytes === 0 && intake.parsedBody !== undefined;
  const kept: Record<string, string> = {};
  for (const name of headerNames) {
    const value = headers[name];
    if (typeof value === 'string') kept[name] = value;
  }
  return {
    id: idOf(intake.tick),
    user: intake.user ?? '',
    atMs: intake.atMs,
    arrivedTick: intake.tick,
    settledTick: intake.settledTick,
    calledTick: calls[0]?.tick ?? null,
    method: arrival.method,
    path: arrival.path,
    headers: kept,
    contentType: headers['content-type'] ?? '',
    contentEncoding: headers['content-encoding'] ?? '',
    parsedBefore,
    body: add(parsedBefore ? jsonOf(intake.parsedBody) : body),
    head: intake.head,
    answer: answer.lost === null ? add(answer) : null,
    calls: calls.map((call) => ({
      method: call.method,
      url: call.url,
      status: call.status,
      contentEncoding: call.contentEncoding,
      latencyMs: call.latencyMs ?? 0,
      answered: call.answered,
      sent: add(call.sent),
      received: add(call.received),
    })),
  };
}

/** Nothing where a value has no JSON, which then cannot be read as such. */
function jsonOf(value: unknown): Pick<Collected, 'bytes' | 'pieces'> {
  let text = '';
  try {
    text = JSON.stringify(value) ?? '';
  } catch {
    // A value with a circle in it came from no request's body.
  }
  return { bytes: Buffer.byteLength(text), pieces: () => [text] };
}
