/**
 * What capture adds to the latency of the reference service under load: two services at once, one with capture and
 * one without, asked in turns within the same seconds, so that whatever else the machine does falls on both alike.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import { median } from './median.ts';

/** The load: so many senders, each asking again as soon as it is answered. */
export interface Load {
  readonly store: 'memory' | 'pglite';
  readonly senders: number;
  /** Milliseconds that the provider takes. */
  readonly providerMs: number;
  /** Requests of one turn, and turns of each service in one pair of processes. */
  readonly turnRequests: number;
  readonly turns: number;
  /** Pairs of processes. */
  readonly pairs: number;
}

export interface CaptureCost {
  /** With capture over without, turn against neighbouring turn; the median of them, so that bursts of others fall out. */
  readonly medianRatio: number;
  readonly p99Ratio: number;
  readonly plainMedianMs: number;
  readonly plainP99Ms: number;
  readonly requests: number;
  readonly captured: number;
  readonly dropped: number;
}

const DISHES = [
  'ラーメン大盛りとご飯',
  'grilled salmon with rice 200g',
  'two eggs and toast, call me at 090-1234-5678',
];

interface Service {
  readonly url: string;
  /** Ends the service; resolves with what it captured. */
  end(): Promise<{ readonly captured: number; readonly dropped: Readonly<Record<string, number>> }>;
}

async function startService(providerUrl: string, store: string, folder: string): Promise<Service> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'capture-service.ts'), providerUrl, store, folder],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error('the service ended early');
    return line.value;
  };
  const { url } = JSON.parse(await nextLine()) as { url: string };
  return {
    url,
    async end() {
      child.stdin.end();
      return JSON.parse(await nextLine()) as Awaited<ReturnType<Service['end']>>;
    },
  };
}

async function startProvider(delayMs: number): Promise<{ url: string; close(): void }> {
  const answer = JSON.stringify({
    dish: 'ラーメン',
    confidence: 0.9,
    items: [
      {
        name: 'ラーメン',
        amount: 600,
        unit: 'g',
        calories: 486,
        protein_g: 21.3,
        fat_g: 12.9,
        carbs_g: 69.1,
      },
      { name: 'ご飯', amount: 150, unit: 'g', calories: 234, protein_g: 3.8, fat_g: 0.5, carbs_g: 55.7 },
      { name: '味噌汁', amount: 180, unit: 'g', calories: 42, protein_g: 3.1, fat_g: 1.3, carbs_g: 4.6 },
    ],
  });
  const server = createServer((incoming, outgoing) => {
    incoming.resume();
    incoming.on('end', () => setTimeout(() => outgoing.end(answer), delayMs));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

let sent = 0;

/** Sends one turn's requests; returns the latency of each in milliseconds. */
async function turn(url: string, agent: Agent, load: Load): Promise<number[]> {
  const latencies: number[] = [];
  let left = load.turnRequests;
  const sender = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      sent += 1;
      const body = JSON.stringify({ message: `${DISHES[sent % DISHES.length]} ${sent}` });
      const startedMs = performance.now();
      const answer = await request(`${url}/log`, {
        method: 'POST',
        headers: { 'x-user-id': `u-${sent % 500}`, 'content-type': 'application/json' },
        body,
        dispatcher: agent,
      });
      await answer.body.text();
      latencies.push(performance.now() - startedMs);
      if (answer.statusCode !== 200) throw new Error(`the service answered ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: load.senders }, sender));
  return latencies;
}

/** The value that 99 of 100 do not exceed, by nearest rank. */
function p99(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1]!;
}

/** Measures under this load; `scratch` is a folder for recordings. */
export async function measureCaptureCost(load: Load, scratch: string): Promise<CaptureCost> {
  const provider = await startProvider(load.providerMs);
  const agent = new Agent({ connections: load.senders });
  const ratios: { readonly median: number; readonly p99: number }[] = [];
  const plain: number[] = [];
  let captured = 0;
  let dropped = 0;
  try {
    for (let pair = 0; pair < load.pairs; pair++) {
      const folder = join(scratch, `capture-${load.store}-${load.providerMs}-${pair}`);
      mkdirSync(folder);
      const services = [
        await startService(provider.url, load.store, '-'),
        await startService(provider.url, load.store, folder),
      ] as const;
      // The first turns compile the code and are not counted.
      for (const service of services)
        for (let warm = 0; warm < 4; warm++) await turn(service.url, agent, load);
      for (let round = 0; round < load.turns; round++) {
        const latencies: [number[], number[]] = [[], []];
        // Each goes first as often as second.
        for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const))
          latencies[which] = await turn(services[which].url, agent, load);
        const [without, withCapture] = latencies;
        ratios.push({ median: median(withCapture) / median(without), p99: p99(withCapture) / p99(without) });
        plain.push(...without);
      }
      await services[0].end();
      const stats = await services[1].end();
      captured += stats.captured;
      dropped += Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
    }
  } finally {
    provider.close();
    await agent.close();
  }
  return {
    medianRatio: median(ratios.map((ratio) => ratio.median)),
    p99Ratio: median(ratios.map((ratio) => ratio.p99)),
    plainMedianMs: median(plain),
    plainP99Ms: p99(plain),
    requests: plain.length,
    captured,
    dropped,
  };
}
