/**
 * `promtool test rules` on the bench's values: how long the whole command takes and how much memory it needs at most.
 * Apart from golem's own process because promtool may be missing, and is watched from outside.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

export interface CommandCost {
  readonly ms: number;
  readonly peakMb: number;
}

/** Runs promtool on a unit test; null where it is not installed. */
export async function measurePromtool(unitTest: string, scratch: string): Promise<CommandCost | null> {
  const folder = mkdtempSync(join(scratch, 'promtool-'));
  const file = join(folder, 'test.yml');
  writeFileSync(file, unitTest);
  try {
    return await watch('promtool', ['test', 'rules', file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function watch(command: string, args: readonly string[]): Promise<CommandCost | null> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    let peakMb = 0;
    const look = setInterval(() => {
      peakMb = Math.max(peakMb, peakOf(child.pid));
    }, 20);
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString('utf8', 0, 2000);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearInterval(look);
      if (error.code === 'ENOENT') resolve(null);
      else reject(error);
    });
    child.on('exit', (status) => {
      clearInterval(look);
      if (status === 0) resolve({ ms: performance.now() - startedMs, peakMb });
      else reject(new Error(`${command} exited ${status}: ${said}`));
    });
  });
}

/** The most memory a running process has had so far, MB; 0 where the system does not say. */
function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
