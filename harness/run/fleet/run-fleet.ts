/**
 * The side of a fleet that asks: puts an order up, adds up what workers hand in, and ends with what one process would
 * have ended with. It replays nothing itself, and picks up where an earlier one with the same question was cut off.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { GolemError } from '../../errors.ts';
import { shellQuote } from '../../recording/look.ts';
import { PartTally } from '../parts/part-tally.ts';
import { type PartsResult, refuseChanged } from '../parts/run-parts.ts';
import { Board, MOST_RETRIES } from './board.ts';
import { drawUp, firstCut, isAcrossFiles, type OrderOptions } from './draw-up.ts';
import { mayPass, shownDatabase, typableDatabase } from './fleet-failures.ts';
import { Intake } from './intake.ts';
import { type FleetCut, type FleetOrder, orderId } from './order.ts';

export type FleetOptions = OrderOptions & {
  /** Where the fleet meets: `postgres://…`. */
  readonly url: string;
};

const LOOK_EVERY_MS = 200;
/** Tallies taken at a time: each may be a megabyte. */
const TALLIES_A_LOOK = 16;
/** How long a database may be away before the run gives up; what is handed in stays there. */
const AWAY_FOR_MS = 60_000;
/** When nobody works on an order for so long, people are told how to start a worker. */
const ALONE_FOR_MS = 10_000;

/** Has a fleet replay what is selected of a set. Rejects with golem's own errors, those of workers among them. */
export async function runFleet(options: FleetOptions): Promise<PartsResult> {
  const { set, url, note } = options;
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
  const board = await Board.open(url);
  try {
    const result = await follow(board, await orderUp(board, options, null), options);
    if (result !== 'again') return result;
    note(
      'the same users are in several of the files; the fleet begins anew, each worker with a shard of the users',
    );
    const anew = await follow(board, await orderUp(board, options, 'shards'), options);
    if (anew === 'again') throw new Error('shards hold each user once');
    return anew;
  } finally {
    await board.close();
  }
}

/**
 * The order to follow: one of this question that is up already, with the jobs it was given then, or a new one. Without
 * a cut it is the one that suits the recordings, unless they were found not to hold to it.
 */
async function orderUp(board: Board, options: FleetOptions, wanted: FleetCut | null): Promise<OrderUp> {
  const { identity } = options;
  // Shards come last: where they are up, ranges have been tried, or did not suit.
  for (const cut of wanted === null ? (['shards', 'ranges'] as const) : [wanted]) {
    const id = orderId({ identity, cut });
    const known = await patiently(options, () => board.order(id));
    if (known) return { id, order: known };
  }
  const workers = await patiently(options, () => board.workers());
  const order = await drawUp(options, wanted ?? (await firstCut(options)), workers);
  const id = orderId(order);
  return { id, order: await patiently(options, () => board.announce(id, order)) };
}

/** An order with its id, which the one that comes back from the database would not give again. */
interface OrderUp {
  readonly id: string;
  readonly order: FleetOrder;
}

/** Adds up what comes in until it is whole; `again` where the order was cut by what does not hold. */
async function follow(
  board: Board,
  { id, order }: OrderUp,
  options: FleetOptions,
): Promise<PartsResult | 'again'> {
  const { set, stop, url, note } = options;
  options.onPlan(order.plan);
  const merged = new PartTally({
    migration: options.config.migration,
    seed: options.seed,
    scraping: options.scraping,
  });
  const intake = new Intake(order, merged, options.onProgress);
  const beginAnew = async (): Promise<'again'> => {
    intake.takeBack();
    await patiently(options, () => board.withdraw(id));
    return 'again';
  };
  const told = new Set<string>();
  let aloneSinceMs = options.elapsedMs();
  while (!intake.isWhole && !stop.isUp()) {
    const tallies = await patiently(options, () => board.tallies(id, intake.seen, TALLIES_A_LOOK));
    for (const { job, bytes, users } of tallies)
      if (!(await intake.take(job, bytes, users))) return beginAnew();
    if (tallies.length > 0) {
      aloneSinceMs = options.elapsedMs();
      continue;
    }
    const state = await patiently(options, () => board.state(id, intake.seen));
    if (state === null) throw takenDown(url);
    intake.follow(state.underWay);
    for (const reason of state.refusals) {
      if (!told.has(reason)) note(`a worker does not take part: ${reason}`);
      told.add(reason);
    }
    const [failed] = state.failures;
    if (failed) {
      // Read in order of the files, what stands in them may hold, or be wrong in another place.
      if (failed.failure.kind === 'data' && isAcrossFiles(order)) return beginAnew();
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
      note(
        `nobody works on this replay; start a worker: golem worker --distributed ${shellQuote(typableDatabase(url))}`,
      );
      aloneSinceMs = options.elapsedMs() + 5 * ALONE_FOR_MS;
    }
    await sleep(LOOK_EVERY_MS);
  }
  if (intake.isWhole) await refuseChanged(set);
  await patiently(options, () => board.withdraw(id));
  return { merged, finished: intake.isWhole };
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
