/**
 * What a fleet costs beside threads: the same recordings replayed by two workers that meet in PostgreSQL, and by two
 * threads of one process. Whole commands, one after the other, the workers started beforehand as a fleet's are.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { startPostgres } from '../../tests/postgres/server.ts';
import { median } from './median.ts';

export interface FleetCost {
  readonly threadsMs: number;
  readonly fleetMs: number;
  readonly ratio: number;
}

export interface FleetCosts {
  /** In the order of what was asked. */
  readonly costs: readonly FleetCost[];
  /** Most memory that a worker took over all of it; null where the system does not tell. */
  readonly workerPeakMb: number | null;
}

const WORKERS = 2;

function replayMs(root: string, args: readonly string[]): number {
  const startedMs = performance.now();
  const ran = spawnSync(process.execPath, [join(root, 'bin/golem.js'), 'replay', ...args, '--quiet'], {
    cwd: root,
    stdio: 'ignore',
  });
  // A verdict of any kind is a replay that came to its end.
  if (ran.status === null || ran.status > 2) throw new Error(`golem replay ${args.join(' ')}: ${ran.status}`);
  return performance.now() - startedMs;
}

/** Most memory a process has had resident, in MB. */
function peakMbOf({ pid }: ChildProcess): number | null {
  const file = `/proc/${pid}/status`;
  const kilobytes = existsSync(file) && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1];
  return kilobytes ? Number(kilobytes) / 1024 : null;
}

/** Measures both in turn for each of several sets of recordings, `runs` times after one run of each. */
export async function measureFleetCost(
  root: string,
  sets: readonly (readonly string[])[],
  runs: number,
): Promise<FleetCosts> {
  const server = await startPostgres();
  const workers = Array.from(
    { length: WORKERS },
    (): ChildProcess =>
      spawn(
        process.execPath,
        [join(root, 'bin/golem.js'), 'worker', '--distributed', server.url, '--quiet'],
        { cwd: root, stdio: 'ignore' },
      ),
  );
  try {
    const costs = sets.map((files): FleetCost => {
      const threads = () => replayMs(root, [...files, '--workers', String(WORKERS)]);
      const fleet = () => replayMs(root, [...files, '--distributed', server.url]);
      threads();
      fleet();
      const both = Array.from({ length: runs }, () => [threads(), fleet()] as const);
      const threadsMs = median(both.map(([ms]) => ms));
      const fleetMs = median(both.map(([, ms]) => ms));
      return { threadsMs, fleetMs, ratio: median(both.map(([one, other]) => other / one)) };
    });
    const peaks = workers.map(peakMbOf).filter((peak) => peak !== null);
    return { costs, workerPeakMb: peaks.length === 0 ? null : Math.max(...peaks) };
  } finally {
    for (const worker of workers) worker.kill('SIGKILL');
    await server.stop();
  }
}
