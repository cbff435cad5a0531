/**
 * The side of a fleet that works: takes jobs of any order that is up, replays them, hands their tallies in, and goes on.
 * It takes part only where it holds the same code, rules and recordings as whoever asks.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { GolemConfig } from '../../config.ts';
import { GolemError } from '../../errors.ts';
import { differenceBetween, digestOfRun } from '../parts/identity.ts';
import type { StopSign } from '../parts/stop-sign.ts';
import { Board, type ClaimedJob, MOST_RETRIES } from './board.ts';
import { mayPass } from './fleet-failures.ts';
import { JobRunner } from './job-runner.ts';
import { type FleetOrder, jobName } from './order.ts';

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
  const presence = new Presence(board);
  const runner = new JobRunner(options);
  const worker: WorkerParts = { board, options, runner, orders: new KnownOrders(board, runner, options) };
  let [jobs, records] = [0, 0];
  try {
    await presence.begin();
    while (!stop.isUp()) {
      try {
        const done = await workOnce(worker);
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
    await runner.close();
    await presence.end();
    await board.close();
  }
}

/** What a worker is made of. */
interface WorkerParts {
  readonly board: Board;
  readonly orders: KnownOrders;
  readonly runner: JobRunner;
  readonly options: FleetWorkerOptions;
}

/** Keeps a worker on the list of those who are there. */
class Presence {
  readonly #board: Board;
  #worker: string | null = null;
  #speaking: NodeJS.Timeout | null = null;

  constructor(board: Board) {
    this.#board = board;
  }

  async begin(): Promise<void> {
    const say = async (): Promise<void> => {
      this.#worker = await this.#board.signIn(this.#worker);
    };
    await say();
    this.#speaking = setInterval(() => void say().catch(() => undefined), SPEAK_EVERY_MS);
  }

  async end(): Promise<void> {
    if (this.#speaking) clearInterval(this.#speaking);
    if (this.#worker !== null) await this.#board.signOut(this.#worker);
  }
}

/** Does one job of any order that the worker takes part in; null when there is none. Resolves to its records. */
async function workOnce(worker: WorkerParts): Promise<number | null> {
  const up = await worker.board.orders();
  worker.orders.keepOnly(up);
  for (const id of up) {
    const order = await worker.orders.get(id);
    if (!order) continue;
    const claimed = await worker.board.claim(id);
    if (claimed) return workOn(worker, claimed, order);
  }
  return null;
}

async function workOn(
  { board, runner, options }: WorkerParts,
  claimed: ClaimedJob,
  order: FleetOrder,
): Promise<number> {
  const { note, stop } = options;
  const name = `${order.suite}, part ${jobName(claimed.job)}`;
  note(claimed.attempt === 0 ? name : `${name}, attempt ${claimed.attempt + 1}`);
  let isWanted = true;
  const speak = async (): Promise<void> => {
    isWanted = (await board.touch(claimed, runner.progress)) && isWanted;
    if (!isWanted) runner.drop();
  };
  const speaking = setInterval(() => void speak(), SPEAK_EVERY_MS);
  try {
    const done = await runner.run(claimed, order);
    if (!done.finished && !isWanted) {
      note(`${name} is not asked for any more`);
      return 0;
    }
    if (!done.finished) {
      await board.giveBack(claimed, 'the worker was stopped');
      return 0;
    }
    await deliverPatiently(board, claimed, done.tally, done.users, options);
    // This thread's heap hardly grows, so that nothing would make its collector look for them.
    done.tally.buffer.transfer(0);
    done.users?.buffer.transfer(0);
    return done.records;
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

/** Orders this worker has looked at: null for those it takes no part in. */
class KnownOrders {
  readonly #board: Board;
  readonly #runner: JobRunner;
  readonly #options: FleetWorkerOptions;
  readonly #known = new Map<string, FleetOrder | null>();

  constructor(board: Board, runner: JobRunner, options: FleetWorkerOptions) {
    this.#board = board;
    this.#runner = runner;
    this.#options = options;
  }

  /** Forgets orders that were taken down: the same question may be put up again, of files that lie elsewhere. */
  keepOnly(up: readonly string[]): void {
    for (const id of [...this.#known.keys()]) if (!up.includes(id)) this.#known.delete(id);
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
    return this.#runner.differs(order);
  }
}
