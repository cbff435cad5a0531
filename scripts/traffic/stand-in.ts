/**
 * The stand-in for the nutrition provider. It answers what was planned, after the planned time on the virtual clock,
 * over a loopback socket or as a function; it also holds the question against the plan, so a client that asks
 * otherwise than planned stops the generation.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { VirtualClock } from '../../harness/replay/clock.ts';
import type { Upstream } from '../../harness/migration.ts';
import type { PlannedAnswer } from './plan.ts';

export class StandIn {
  readonly #clock: VirtualClock;
  #answers: PlannedAnswer[] = [];
  #unplanned = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** The answers of the next write, in order. */
  expect(answers: readonly PlannedAnswer[]): void {
    this.#answers = [...answers];
    this.#unplanned = 0;
  }

  /** Throws unless exactly the planned answers were asked for. */
  verify(subject: string): void {
    if (this.#unplanned > 0) throw new Error(`${subject}: the provider was asked more often than planned`);
    if (this.#answers.length === 0) return;
    throw new Error(`${subject}: ${this.#answers.length} planned answers were never asked for`);
  }

  /** The next planned answer, its latency spent; a question nobody planned for gets none and is noted. */
  next(): PlannedAnswer['answer'] {
    const planned = this.#answers.shift();
    if (!planned) {
      this.#unplanned += 1;
      return null;
    }
    this.#clock.advance(planned.latencyMs);
    return planned.answer;
  }

  /** The provider as a function; rejects where no answer comes. */
  readonly upstream: Upstream = () => {
    const answer = this.next();
    return answer ? Promise.resolve(answer) : Promise.reject(new Error('no answer'));
  };
}

/**
 * Puts a stand-in on a loopback port; a missing answer is a connection cut without a word. No answer is given, and no
 * time passes, before `ready` resolves.
 */
export async function listenStandIn(
  standIn: StandIn,
  ready: () => Promise<void>,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    incoming.resume();
    incoming.on('end', async () => {
      await ready();
      const answer = standIn.next();
      if (!answer) {
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8' });
      outgoing.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
