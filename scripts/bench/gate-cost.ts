/**
 * The gate on one suite as a whole command, against vitest comparing as many outcomes by `toMatchFileSnapshot`, also
 * as a whole command: what a team would otherwise write.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { median } from './median.ts';

export interface GateCost {
  readonly outcomes: number;
  readonly gateMs: number;
  readonly vitestMs: number;
  readonly ratio: number;
}

const SUITE = 'everyday';

/** Measures both commands in turn, `runs` times after one warm-up of each. */
export function measureGateCost(root: string, scratch: string, runs: number): GateCost {
  const records = readFileSync(join(root, 'fixtures', SUITE, 'recording.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  const folder = writeSnapshotProject(root, scratch, records);
  const gate = () => timeCommand(root, [join(root, 'bin/golem.js'), 'gate', SUITE]);
  const vitest = () =>
    timeCommand(folder, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder]);
  gate();
  vitest();
  const gates: number[] = [];
  const vitests: number[] = [];
  for (let run = 0; run < runs; run++) {
    gates.push(gate());
    vitests.push(vitest());
  }
  const gateMs = median(gates);
  const vitestMs = median(vitests);
  return { outcomes: records.length * 2, gateMs, vitestMs, ratio: gateMs / vitestMs };
}

function timeCommand(cwd: string, args: readonly string[]): number {
  const startedMs = performance.now();
  const ran = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${args.join(' ')} exited ${ran.status}\n${ran.stdout}${ran.stderr}`);
  return performance.now() - startedMs;
}

/** A project whose one test compares each recorded answer under two settings with a snapshot file of its own. */
function writeSnapshotProject(root: string, scratch: string, records: readonly string[]): string {
  const folder = join(scratch, 'snapshots');
  mkdirSync(folder, { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}\n');
  writeFileSync(join(folder, 'records.ndjson'), `${records.join('\n')}\n`);
  writeFileSync(
    join(folder, 'outcomes.test.ts'),
    `import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const records = readFileSync('records.ndjson', 'utf8').trim().split('\\n').map((line) => JSON.parse(line));
for (const setting of ['0', '1']) {
  for (const record of records) {
    test(\`\${record.user} \${record.id} under \${setting}\`, async () => {
      const outcome = JSON.stringify({ setting, response: record.response }, null, 2);
      await expect(outcome).toMatchFileSnapshot(\`snapshots/\${setting}/\${record.user}-\${record.id}.json\`);
    });
  }
}
`,
  );
  return folder;
}
