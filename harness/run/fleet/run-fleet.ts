/**
 * The side of a fleet that asks: puts an order up, adds up what workers hand in, and ends with what one process would
 * have ended with. It replays nothing itself, and picks up where an earlier one with the same question was cut off.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { GolemError } from '../../errors.ts';
import type { RunIdentity } from '../parts/identity.ts';
import { PartTally } from '../parts/part-tally.ts';
import { planParts } from '../parts/plan.ts';
import {
  contextOf,
  type PartsOptions,
  type PartsResult,
  refuseChanged,
  UsersOnce,
} from '../parts/run-parts.ts';
import { Board, MOST_RETRIES } from './board.ts';
import { mayPass, shownDatabase } from './fleet-failures.ts';
import { type FleetJob, type FleetOrder, jobName, jobsOf, keysOfText, textOfKeys } from './order.ts';

export interface FleetOptions extends PartsOptions {
  /** Where the fleet meets: `postgres://…`. */
  readonly url: string;
  readonly identity: RunIdentity;
}

const LOOK_EVERY_MS = 200;
/** Tallies taken at a time: each may be a megabyte. */
const TALLIES_A_LOOK = 16;
/** Ranges that a recording is cut into, as far as their size allows. */
const RANGES = 64;
const SMALLEST_RANGE = 1 << 20;
const LARGEST_RANGE = 32 << 20;
/** How long a database may be away before the run gives up; what is handed in stays there. */
const AWAY_FOR_MS = 60_000;
/** When nobody works on an order for so long, people are told how to start a worker. */
const ALONE_FOR_MS = 10_000;

/** Has a fleet replay what is selected of a set. Rejects with golem's own errors, those of workers among them. */
export async function runFleet(options: FleetOptions): Promise<PartsResult> {
  const { set, stop, url, note } = options;
  const [pipe] = set.opened.keys();
  if (pipe !== undefined || options.store.kind !== 'memory') {
    throw new GolemError({
      kind: 'usage',
      verb: 'replay with a fleet',
      subject: pipe ?? `--store ${options.store.kind}`,
      reason: pipe === undefined ? 'workers keep rows in memory alone' : 'a pipe can be read by nobody else',
      next: 'golem replay --help',
    });
  }
  const order = await orderOf(options);
  options.onPlan(order.plan);
  const merged = new PartTally({
    migration: options.config.migration,
    seed: options.seed,
    scraping: options.scraping,
  });
  const intake = new Intake(options, order, merged);
  const board = await Board.open(url);
  try {
    const id = await patiently(options, () => board.announce(order));
    let aloneSinceMs = options.elapsedMs();
    while (!intake.isWhole && !stop.isUp()) {
      const tallies = await patiently(options, () => board.tallies(id, intake.seen, TALLIES_A_LOOK));
      for (const { job, bytes, users } of tallies) await intake.take(job, bytes, users);
      if (tallies.length > 0) {
        aloneSinceMs = options.elapsedMs();
        continue;
      }
      const state = await patiently(options, () => board.state(id));
      if (state === null) throw takenDown(url);
      intake.tellRefusals(state.refusals);
      const [failed] = state.failures;
      if (failed) {
        await board.withdraw(id);
        throw new GolemError(failed.failure);
      }
      const [lost] = state.lost;
      if (lost !== undefined && !intake.seen.includes(lost)) {
        await board.withdraw(id);
        throw lostJob(lost, order);
      }
      if (state.active > 0) aloneSinceMs = options.elapsedMs();
      if (options.elapsedMs() - aloneSinceMs >= ALONE_FOR_MS) {
        note(`nobody works on this replay; start a worker: golem worker --distributed ${shownDatabase(url)}`);
        aloneSinceMs = options.elapsedMs() + 5 * ALONE_FOR_MS;
      }
      await sleep(LOOK_EVERY_MS);
    }
    if (intake.isWhole) await refuseChanged(set);
    await patiently(options, () => board.withdraw(id));
    return { merged, finished: intake.isWhole };
  } finally {
    await board.close();
  }
}

async function orderOf(options: FleetOptions): Promise<FleetOrder> {
  const { set, selection, identity } = options;
  const plan = await planParts(set, {
    sample: selection.sample,
    wantsParts: true,
    partBytes: rangeBytesOf(set),
  });
  const { chosen, groups, onBadLine, flags, seed, scraping, watched, suite } = await contextOf(
    options,
    plan,
    [],
  );
  return {
    version: 1,
    identity,
    groups,
    plan,
    selection,
    chosen: chosen && textOfKeys(chosen),
    onBadLine,
    flags,
    seed,
    scraping,
    watched,
    suite,
    jobs: jobsOf(plan),
  };
}

/** Ranges small enough that many workers have something to do, and a lost one costs little. */
function rangeBytesOf({ groups }: FleetOptions['set']): number {
  const bytes = groups.flatMap(({ files }) => files).reduce((sum, { stamp }) => sum + (stamp?.bytes ?? 0), 0);
  return Math.min(LARGEST_RANGE, Math.max(SMALLEST_RANGE, Math.ceil(bytes / RANGES)));
}

/** Adds tallies up, each once, and says how far the whole is. */
class Intake {
  readonly #options: FleetOptions;
  readonly #jobs: ReadonlyMap<string, FleetJob>;
  readonly #merged: PartTally;
  readonly #users: UsersOnce;
  readonly #order: FleetOrder;
  readonly #seen = new Set<string>();
  readonly #told = new Set<string>();

  constructor(options: FleetOptions, order: FleetOrder, merged: PartTally) {
    this.#options = options;
    this.#order = order;
    this.#jobs = new Map(order.jobs.map((job) => [jobName(job), job]));
    this.#merged = merged;
    this.#users = new UsersOnce(order.plan);
  }

  get seen(): readonly string[] {
    return [...this.#seen];
  }

  get isWhole(): boolean {
    return this.#seen.size === this.#jobs.size;
  }

  async take(name: string, bytes: Uint8Array, users: Uint8Array | null): Promise<void> {
    const job = this.#jobs.get(name);
    if (!job || this.#seen.has(name)) return;
    const before = this.#counts();
    this.#merged.mergeBytes(bytes);
    this.#seen.add(name);
    if (job.kind === 'stretch' && users)
      await this.#users.add(job, keysOfText(Buffer.from(users).toString('base64')));
    const after = this.#counts();
    this.#options.onProgress({
      records: after.records - before.records,
      breaches: after.breaches - before.breaches,
      bytes: this.#bytesOf(job),
      found: this.#newFindings(),
    });
  }

  tellRefusals(reasons: readonly string[]): void {
    for (const reason of reasons) {
      if (this.#told.has(reason)) continue;
      this.#told.add(reason);
      this.#options.note(`a worker does not take part: ${reason}`);
    }
  }

  #counts(): { readonly records: number; readonly breaches: number } {
    const { tally } = this.#merged;
    const breaches = [...tally.record, ...tally.day].reduce((sum, field) => sum + field.breaches, 0);
    return { records: tally.records, breaches };
  }

  #bytesOf(job: FleetJob): number {
    const { plan } = this.#order;
    if (job.kind === 'shard') return plan.reduce((sum, { bytes }) => sum + bytes, 0) / job.of;
    const { file, range } = plan[job.group]!.stretches[job.index]!;
    return range ? range.to - range.from : (file.stamp?.bytes ?? 0);
  }

  #newFindings(): { readonly code: string; readonly subject: string; readonly detail: string }[] {
    const { incidents } = this.#merged.tally;
    return incidents.codes().flatMap((code) => {
      const [first] = this.#told.has(`finding ${code}`) ? [] : incidents.examples(code);
      this.#told.add(`finding ${code}`);
      return first ? [{ code, subject: `${first.user} ${first.record}`, detail: first.detail }] : [];
    });
  }
}

/** Asks again while the database is away, for a while. */
async function patiently<T>(
  { elapsedMs, note, stop }: Pick<FleetOptions, 'elapsedMs' | 'note' | 'stop'>,
  ask: () => Promise<T>,
): Promise<T> {
  const sinceMs = elapsedMs();
  let told = false;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!mayPass(error) || stop.isUp() || elapsedMs() - sinceMs >= AWAY_FOR_MS) throw error;
      if (!told) note('the fleet’s database does not answer; waiting for it');
      told = true;
      await sleep(1_000);
    }
  }
}

function takenDown(url: string): GolemError {
  return new GolemError({
    kind: 'unavailable',
    verb: 'meet the fleet in',
    subject: shownDatabase(url),
    reason: 'somebody else with the same question took the order down; it was the same replay',
    next: 'golem replay --help',
  });
}

function lostJob(job: string, { suite }: FleetOrder): GolemError {
  return new GolemError({
    kind: 'unavailable',
    verb: 'replay',
    subject: `${suite}, part ${job}`,
    reason: `${MOST_RETRIES + 1} workers were lost with it or could not reach what it needs`,
    next: 'golem worker --help',
  });
}
