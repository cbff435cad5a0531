/**
 * Finds out which write each upstream call of a HAR file belongs to: it began while the write was under way, and it
 * asks what the write paths ask about that write. A file of its own because writes overlap, and a call given to the
 * wrong one would be a wrong answer in a replay.
 */
import type { ExchangeImporter, RebuiltWrite, UpstreamRequest } from '../../migration.ts';
import type { HarUpstreamCall, HarWrite } from './har-exchange.ts';

/** The calls of one write, and as what a record holds them. */
export interface OwnCalls {
  readonly calls: readonly HarUpstreamCall[];
  readonly upstream: RebuiltWrite['upstream'];
}

export interface SharedCalls {
  readonly callsOf: ReadonlyMap<HarWrite, OwnCalls>;
  /** Calls that belong to no write. */
  readonly left: readonly HarUpstreamCall[];
}

/** Gives each call to the first write, in order of time, that it can belong to. Files tell times of one clock. */
export function shareCalls(
  writes: readonly HarWrite[],
  calls: readonly HarUpstreamCall[],
  question: ExchangeImporter['question'],
): SharedCalls {
  const waiting = new Set([...calls].sort((a, b) => a.startMs - b.startMs));
  const callsOf = new Map<HarWrite, OwnCalls>();
  const inOrder = [...writes].sort((a, b) => a.startMs - b.startMs);
  const give = (
    write: HarWrite,
    belongs: (call: HarUpstreamCall, asked: UpstreamRequest) => boolean,
  ): void => {
    const asked = question(write.request);
    if (asked === null || callsOf.has(write)) return;
    const own = [...waiting].filter(
      (call) => call.startMs >= write.startMs && call.startMs <= write.endMs && belongs(call, asked),
    );
    if (own.length === 0) return;
    for (const call of own) waiting.delete(call);
    const upstream = own.map((call) => ({
      request: { method: call.method, url: urlOf(call, asked), body: asked.body },
      response: call.response,
      latencyMs: Math.round(call.endMs - call.startMs),
    }));
    callsOf.set(write, { calls: own, upstream });
  };
  for (const write of inOrder) give(write, (call, asked) => sameJson(call.body, asked.body));
  // Of a write whose files are not in the HAR file nobody knows what it asked; its time alone must do.
  for (const write of inOrder) if (!write.complete) give(write, () => true);
  return { callsOf, left: [...waiting] };
}

/** The name recordings know the upstream by, where the call went to its path. */
function urlOf(call: HarUpstreamCall, asked: UpstreamRequest): string {
  return URL.canParse(asked.url) && new URL(asked.url).pathname === call.rest ? asked.url : call.url;
}

/** Equal as JSON, or as they are; the order of keys is the sender's own. */
function sameJson(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return sorted(a) === sorted(b);
  } catch {
    return false;
  }
}

function sorted(text: string): string {
  return JSON.stringify(JSON.parse(text), (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
