/**
 * What a fleet costs beside threads: the same recording replayed by two workers that meet in PostgreSQL, and by two
 * threads of one process. Whole commands, one after the other, the workers started beforehand as a fleet's are.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { startPostgres } from '../../tests/postgres/server.ts';
import { median } from './median.ts';

export interface FleetCost {
  readonly threadsMs: number;
  readonly fleetMs: number;
  readonly ratio: number;
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

/** Measures both in turn, `runs` times after one run of each. */
export async function measureFleetCost(root: string, file: string, runs: number): Promise<FleetCost> {
  const server = await startPostgres();
  const workers = Array.from(
    { length: WORKERS },
    (): ChildProcess =>
      spawn(
        process.execPath,
        [join(root, 'bin/golem.js'), 'worker', '--distributed', server.url, '--quiet'],
        {
          cwd: root,
          stdio: 'ignore',
        },
      ),
  );
  try {
    const threads = () => replayMs(root, [file, '--workers', String(WORKERS)]);
    const fleet = () => replayMs(root, [file, '--distributed', server.url]);
    threads();
    fleet();
    const both = Array.from({ length: runs }, () => [threads(), fleet()] as const);
    const threadsMs = median(both.map(([ms]) => ms));
    const fleetMs = median(both.map(([, ms]) => ms));
    return { threadsMs, fleetMs, ratio: fleetMs / threadsMs };
  } finally {
    for (const worker of workers) worker.kill('SIGKILL');
    await server.stop();
  }
}
