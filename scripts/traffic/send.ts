/**
 * Sends planned traffic through the service and records what it did: over the network as real senders would, or
 * straight into the same handlers where volume matters. Both ways end in the same recorded writes.
 */
import { Agent, FormData, request as send } from 'undici';
import type { RecordedWrite } from '../../harness/recording/format.ts';
import type { ServedWrite, WriteRequest } from '../../harness/migration.ts';
import { createHandler, type Handled, type Handler } from '../../harness/meal-log/serve/handler.ts';
import { checkLog } from '../../harness/meal-log/serve/receive.ts';
import { serve } from '../../harness/meal-log/serve/serve.ts';
import { readSettings } from '../../harness/meal-log/serve/settings.ts';
import type { MealLogStore } from '../../harness/meal-log/store/contract.ts';
import { createMealLogService } from '../../harness/meal-log/write/service.ts';
import { VirtualClock } from '../../harness/replay/clock.ts';
import { SeededIds } from '../../harness/replay/ids.ts';
import { describeFile, type PlannedLog, type PlannedStep, type PlannedWrite } from './plan.ts';
import { rawWriteOf, recordedWrite } from '../../harness/recording/capture/recorded-write.ts';
import { listenStandIn, StandIn } from './stand-in.ts';

export interface SendOptions {
  readonly store: MealLogStore;
  readonly seed: string;
  readonly tzOffsetMinutes: number;
}

/** Sends step after step; `sent` resolves with what each step's writes were recorded as, in the plan's order. */
export interface Sender {
  send(step: PlannedStep): Promise<readonly RecordedWrite[]>;
  /** Forgets what was stored for earlier steps' deletions and the user's rows. */
  forget(user: string): void;
  close(): Promise<void>;
}

/** A sender over loopback HTTP: a running service, a stand-in provider behind it, a client before it. */
export async function openNetworkSender(options: SendOptions): Promise<Sender> {
  const clock = new VirtualClock();
  const ids = new SeededIds(options.seed, { keepIssued: false });
  const standIn = new StandIn(clock);
  const arrivals = new Arrivals();
  const provider = await listenStandIn(standIn, () => arrivals.all);
  const served: ServedWrite[] = [];
  let onServed = (): void => {};
  const complaints: string[] = [];
  const server = await serve({
    host: '127.0.0.1',
    port: 0,
    store: arrivals.noting(options.store),
    environment: {
      APP_ENV: 'prod',
      NUTRITION_PROVIDER_URL: provider.url,
      DIFF_TZ_OFFSET_MINUTES: String(options.tzOffsetMinutes),
    },
    clock,
    ids,
    onWrite: (write) => {
      served.push(write);
      onServed();
    },
    log: (line) => complaints.push(line),
  });
  const agent = new Agent({ connections: 4 });

  async function post(write: PlannedWrite, path: string): Promise<void> {
    const headers = { ...write.headers, 'x-user-id': write.user };
    const log = write.kind === 'log' ? write : null;
    const response = await send(server.url + path, {
      method: log ? 'POST' : 'DELETE',
      headers: log && log.files.length === 0 ? { ...headers, 'content-type': 'application/json' } : headers,
      body: log ? (log.files.length === 0 ? JSON.stringify(log.body) : formOf(log)) : null,
      dispatcher: agent,
    });
    const answer = (await response.body.json()) as { readonly error?: string; readonly message?: string };
    // Only a request that never reached the write paths is answered in words; nothing of it is recorded.
    if (answer.message !== undefined) {
      throw new Error(`${write.user} ${write.id}: refused with ${response.statusCode}, ${answer.message}`);
    }
  }

  return sender({
    clock,
    ids,
    standIn,
    store: options.store,
    async dispatch(step, paths) {
      served.length = 0;
      arrivals.expect(step.length);
      const all = new Promise<void>((resolve) => {
        onServed = () => served.length === step.length && resolve();
      });
      await Promise.all(step.map((write, index) => post(write, paths[index]!)));
      if (complaints.length > 0) throw new Error(complaints.join('; '));
      await all;
      return [...served];
    },
    async close() {
      await agent.close();
      await server.close();
      await provider.close();
    },
  });
}

/** A sender that calls the handlers in this process. */
export function openInProcessSender(options: SendOptions): Sender {
  const clock = new VirtualClock();
  const ids = new SeededIds(options.seed, { keepIssued: false });
  const standIn = new StandIn(clock);
  const settings = readSettings({
    DIFF_TZ_OFFSET_MINUTES: String(options.tzOffsetMinutes),
    // No answer depends on V2, so volume need not wait for it; the sender over the network runs it.
    NORMALIZE_V2_SHADOW: '0',
  });
  const served: ServedWrite[] = [];
  const handle: Handler = createHandler({
    service: createMealLogService({
      store: options.store,
      flags: settings.flags,
      clock,
      ids,
      metrics: { observe: () => {}, increment: () => {} },
      tzOffsetMinutes: settings.tzOffsetMinutes,
      verbatim: true,
      defect: null,
    }),
    upstream: standIn.upstream,
    clock,
    onWrite: (write) => served.push(write),
  });
  return sender({
    clock,
    ids,
    standIn,
    store: options.store,
    async dispatch(step, paths) {
      served.length = 0;
      const begun: Promise<Handled>[] = [];
      for (let index = 0; index < step.length; index++) {
        const write = step[index]!;
        begun.push(handle(write.user, requestOf(write, paths[index]!)));
      }
      for (const handled of begun) await (await handled).settled;
      return [...served];
    },
    close: async () => {},
  });
}

interface Wiring {
  readonly clock: VirtualClock;
  readonly ids: SeededIds;
  readonly standIn: StandIn;
  readonly store: MealLogStore;
  dispatch(step: PlannedStep, paths: readonly string[]): Promise<ServedWrite[]>;
  close(): Promise<void>;
}

function sender(wiring: Wiring): Sender {
  /** Stored rows by user and record, for deletions. */
  const stored = new Map<string, Map<string, string>>();

  function pathOf(write: PlannedWrite): string {
    if (write.kind === 'log') return '/log';
    const logId = stored.get(write.user)?.get(write.of);
    if (!logId)
      throw new Error(`${write.user} ${write.id}: ${write.of} stored nothing that could be deleted`);
    return `/log/${logId}`;
  }

  return {
    async send(step) {
      const [first] = step;
      const subject = `${first.user} ${first.id}`;
      wiring.clock.jumpTo(first.atMs);
      wiring.ids.begin(first.user, first.id);
      wiring.standIn.expect(first.kind === 'log' ? first.answers : []);
      const served = await wiring.dispatch(step, step.map(pathOf));
      wiring.standIn.verify(subject);
      if (served.length !== step.length)
        throw new Error(`${subject}: served ${served.length} of ${step.length}`);
      // Which of two twins came first is chance; the one that reached the provider is written down first.
      if (step.length > 1) served.sort((a, b) => b.upstream.length - a.upstream.length);
      return served.map((write, index) => {
        const { id, user } = step[index]!;
        const logId = (write.answer.body as { logId?: unknown }).logId;
        if (typeof logId === 'string') {
          const ofUser = stored.get(user) ?? new Map<string, string>();
          stored.set(user, ofUser.set(id, logId));
        }
        return recordedWrite(rawWriteOf(id, write));
      });
    },
    forget(user) {
      stored.delete(user);
      wiring.store.forgetUser(user);
    },
    close: wiring.close,
  };
}

/**
 * Twins are twins only if both are under way before the provider has answered either. A write has arrived when it
 * opens its transaction, which it does once it has read the clock.
 */
class Arrivals {
  #missing = 0;
  #arrived = Promise.withResolvers<void>();

  /** Resolves when as many writes as expected are under way. */
  get all(): Promise<void> {
    return this.#arrived.promise;
  }

  expect(writes: number): void {
    this.#missing = writes;
    this.#arrived = Promise.withResolvers();
  }

  /** The store, each of whose live transactions is an arrival. */
  noting(store: MealLogStore): MealLogStore {
    return {
      transaction: (work) => {
        this.#missing -= 1;
        if (this.#missing <= 0) this.#arrived.resolve();
        return store.transaction(work);
      },
      shadowTransaction: (work) => store.shadowTransaction(work),
      dump: () => store.dump(),
      reset: () => store.reset(),
      forgetUser: (user) => store.forgetUser(user),
      census: () => store.census(),
      close: () => store.close(),
    };
  }
}

function formOf(log: PlannedLog): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(log.body)) form.append(name, value);
  for (const file of log.files) {
    form.append('image', new File([new Uint8Array(file.content)], file.name, { type: file.mime }));
  }
  return form;
}

/** The request as the network server would have read it. */
function requestOf(write: PlannedWrite, path: string): WriteRequest {
  if (write.kind === 'deletion') {
    return { method: 'DELETE', path, headers: write.headers, body: null, files: [] };
  }
  const type = write.files.length === 0 ? 'application/json' : 'multipart/form-data';
  return checkLog({
    method: 'POST',
    path,
    headers: { 'content-type': type, ...write.headers },
    body: write.body,
    files: write.files.map(describeFile),
  });
}
