/**
 * The side of a fleet that works: takes jobs of any order that is up, replays them, hands their tallies in, and goes on.
 * It takes part only where it holds the same code, rules and recordings as whoever asks.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { GolemConfig } from '../../config.ts';
import { GolemError } from '../../errors.ts';
import { digestEdges } from '../../recording/doors.ts';
import { differenceBetween, digestOfRun } from '../parts/identity.ts';
import type { PartTally } from '../parts/part-tally.ts';
import { LocalPartWorker } from '../parts/part-worker.ts';
import { runParts } from '../parts/run-parts.ts';
import type { StopSign } from '../parts/stop-sign.ts';
import { Board, type ClaimedJob, MOST_RETRIES } from './board.ts';
import { mayPass } from './fleet-failures.ts';
import { contextOf, type FleetOrder, jobName } from './order.ts';

export interface FleetWorkerOptions {
  readonly url: string;
  readonly config: GolemConfig;
  /** Absolute path of the config. */
  readonly configFile: string;
  readonly root: string;
  /** True ends the worker as soon as no order is up. */
  readonly once: boolean;
  /** Put up when the worker is to end; the job at hand goes back to the others. */
  readonly stop: StopSign;
  readonly elapsedMs: () => number;
  readonly note: (line: string) => void;
}

export interface FleetWork {
  readonly jobs: number;
  readonly records: number;
}

const LOOK_EVERY_MS = 500;
/** A worker is given up when it has been silent for ten seconds; it speaks up three times as often. */
const SPEAK_EVERY_MS = 3_000;

/** Works until told to stop. Rejects when the database cannot be had from the start. */
export async function workForFleet(options: FleetWorkerOptions): Promise<FleetWork> {
  const { stop, note } = options;
  const board = await Board.open(options.url);
  const orders = new KnownOrders(board, options);
  let [jobs, records] = [0, 0];
  try {
    while (!stop.isUp()) {
      try {
        const done = await workOnce(board, orders, options);
        if (done !== null) {
          jobs += 1;
          records += done;
          continue;
        }
        if (options.once && (await board.orders()).length === 0) break;
      } catch (error) {
        if (!mayPass(error)) throw error;
        note('the fleet’s database does not answer; waiting for it');
        await sleep(1_000);
      }
      await sleep(LOOK_EVERY_MS);
    }
    return { jobs, records };
  } finally {
    await board.close();
  }
}

/** Does one job of any order that the worker takes part in; null when there is none. Resolves to its records. */
async function workOnce(
  board: Board,
  orders: KnownOrders,
  options: FleetWorkerOptions,
): Promise<number | null> {
  for (const id of await board.orders()) {
    const order = await orders.get(id);
    if (!order) continue;
    const claimed = await board.claim(id);
    if (claimed) return workOn(board, claimed, order, options);
  }
  return null;
}

async function workOn(
  board: Board,
  claimed: ClaimedJob,
  order: FleetOrder,
  options: FleetWorkerOptions,
): Promise<number> {
  const { note, stop } = options;
  const name = `${order.suite}, part ${jobName(claimed.job)}`;
  note(claimed.attempt === 0 ? name : `${name}, attempt ${claimed.attempt + 1}`);
  const speaking = setInterval(() => void board.touch(claimed), SPEAK_EVERY_MS);
  try {
    const { tally, users, finished } = await replayJob(claimed, order, options);
    if (!finished) {
      await board.giveBack(claimed, 'the worker was stopped');
      return 0;
    }
    await deliverPatiently(board, claimed, tally.toBytes(), users, options);
    return tally.tally.records;
  } catch (error) {
    if (!(error instanceof GolemError)) {
      await board.giveBack(claimed, error instanceof Error ? error.message : String(error));
      note(`${name} failed and goes to another worker: ${error instanceof Error ? error.message : error}`);
      return 0;
    }
    // What cannot be reached from here may be reached from elsewhere, or later.
    if (error.failure.kind === 'unavailable' && claimed.attempt < MOST_RETRIES && !stop.isUp()) {
      await board.giveBack(claimed, error.message);
      note(`${name} goes to another worker: ${error.message}`);
    } else {
      await board.fail(claimed, error.failure);
      note(`${name} cannot be replayed: ${error.message}`);
    }
    return 0;
  } finally {
    clearInterval(speaking);
  }
}

/** A tally is minutes of work: a database that is away for a moment does not cost it. */
async function deliverPatiently(
  board: Board,
  claimed: ClaimedJob,
  bytes: Uint8Array,
  users: Uint8Array | null,
  { stop, note }: FleetWorkerOptions,
): Promise<void> {
  for (;;) {
    try {
      await board.deliver(claimed, bytes, users);
      return;
    } catch (error) {
      if (!mayPass(error) || stop.isUp()) throw error;
      note('the fleet’s database does not answer; keeping the tally until it does');
      await sleep(1_000);
    }
  }
}

interface JobDone {
  readonly tally: PartTally;
  readonly users: Uint8Array | null;
  readonly finished: boolean;
}

async function replayJob(
  { job }: ClaimedJob,
  order: FleetOrder,
  { config, stop, elapsedMs, note }: FleetWorkerOptions,
): Promise<JobDone> {
  const context = contextOf(order);
  const { groups, selection, flags, seed, onBadLine, scraping, watched } = context;
  if (job.kind === 'shard') {
    const { merged, finished } = await runParts({
      config,
      configFile: null,
      set: { asked: order.identity.asked, groups, notes: [], opened: new Map() },
      selection: { ...selection, shard: { index: job.index, of: job.of } },
      flags,
      seed,
      store: context.store,
      onBadLine,
      scraping,
      watched,
      workers: 1,
      onCrash: 'fail',
      checkpoint: null,
      stop,
      elapsedMs,
      onPlan: () => undefined,
      onProgress: () => undefined,
      note,
    });
    return { tally: merged, users: null, finished };
  }
  const worker = new LocalPartWorker(context, {
    migration: config.migration,
    spillOf: () => {
      throw new Error('a range of users sets no lines aside');
    },
    opened: new Map(),
    stop: stop.isUp,
    elapsedMs,
    onProgress: () => undefined,
  });
  try {
    const { finished, users } = await worker.replay(job);
    const tally = await worker.handOver();
    const keys = users && new Uint8Array(users.buffer, users.byteOffset, users.byteLength);
    return { tally, users: keys, finished };
  } finally {
    await worker.close();
  }
}

/** Orders this worker has looked at: null for those it takes no part in. */
class KnownOrders {
  readonly #board: Board;
  readonly #options: FleetWorkerOptions;
  readonly #known = new Map<string, FleetOrder | null>();

  constructor(board: Board, options: FleetWorkerOptions) {
    this.#board = board;
    this.#options = options;
  }

  async get(id: string): Promise<FleetOrder | null> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const order = await this.#board.order(id);
    if (!order) return null;
    const reason = await this.#refusal(order);
    if (reason !== null) {
      this.#options.note(`takes no part in ${order.suite}: ${reason}`);
      await this.#board.refuse(id, reason);
    }
    this.#known.set(id, reason === null ? order : null);
    return this.#known.get(id) ?? null;
  }

  /** Why this worker would not replay the same; null when it would. */
  async #refusal(order: FleetOrder): Promise<string | null> {
    const { config, configFile, root } = this.#options;
    if (order.version !== 1) return `its order is of version ${JSON.stringify(order.version)}`;
    let own: ReturnType<typeof digestOfRun>;
    try {
      own = digestOfRun({ config, configFile, root });
    } catch {
      return 'it cannot read its own code or rule files';
    }
    const differs = differenceBetween(order.identity, { migration: config.migration.name, ...own });
    if (differs !== null) return `it differs in ${differs}`;
    for (const [group, { files }] of order.groups.entries()) {
      for (const [at, { name, shown }] of files.entries()) {
        const edges = await digestEdges(name).catch(() => null);
        if (edges === null) return `it cannot read ${shown}`;
        if (edges !== order.identity.recordings[group]?.[at]?.edges) return `it has another ${shown}`;
      }
    }
    return null;
  }
}
