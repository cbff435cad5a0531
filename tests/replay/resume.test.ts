/**
 * A replay that is killed and resumed, again and again, ends in the bytes of one that was left alone. What is killed is
 * a real process, at moments of chance; GOLEM_KILLS asks for more of them.
 */
import { randomInt } from 'node:crypto';
import { appendFileSync, cpSync, readdirSync, utimesSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Project, temporaryProject } from '../temporary-project.ts';
import { byTime, makeVolume, ungrouped, type Volume } from './volume.ts';

const KILLS = Number(process.env.GOLEM_KILLS ?? 20);

let volume: Volume;
let project: Project;

beforeAll(async () => {
  volume = await makeVolume(600, 3, 'resume');
  project = temporaryProject({ suites: ['edges'], ownHarness: true });
  const { header, records } = volume;
  cpSync(volume.write('grouped.ndjson', header, records), project.path('grouped.ndjson'));
  cpSync(
    volume.write('mixed.ndjson.gz', ungrouped(header), byTime(records)),
    project.path('mixed.ndjson.gz'),
  );
}, 120_000);
afterAll(() => {
  volume.dispose();
  project.dispose();
});

const checkpointed = (recording: string, workers: number): string[] => [
  'replay',
  recording,
  '--workers',
  String(workers),
  '--checkpoint',
  'kept',
  '--checkpoint-ms',
  '1',
  '--part-bytes',
  '200000',
];

/** When to kill: so long after the start, or once so many tallies more are kept. */
type Moment = { readonly ms: number } | { readonly kept: number };

const tallies = (): string[] =>
  project.exists('kept') ? readdirSync(project.path('kept')).filter((name) => name.endsWith('.tally')) : [];

/** Starts golem and kills it the hard way; resolves to whether it was still at it. */
function killedAt(args: readonly string[], moment: Moment): Promise<boolean> {
  const before = tallies().length;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [project.path('bin/golem.js'), ...args], {
      cwd: project.root,
      env: { PATH: process.env.PATH ?? '', TMPDIR: tmpdir() },
      stdio: 'ignore',
    });
    const timer =
      'ms' in moment
        ? setTimeout(() => child.kill('SIGKILL'), moment.ms)
        : setInterval(() => tallies().length >= before + moment.kept && child.kill('SIGKILL'), 2);
    child.on('error', reject);
    child.on('exit', (_, signal) => {
      clearInterval(timer);
      resolve(signal === 'SIGKILL');
    });
  });
}

describe('a replay with checkpoints', () => {
  it.each([
    ['grouped.ndjson', 2],
    ['mixed.ndjson.gz', 1],
  ])(
    'of %s, killed at moments of chance and resumed, ends in the bytes of one left alone',
    async (recording, workers) => {
      const startedMs = performance.now();
      const alone = await project.golem(['replay', recording, '--json', 'alone.json']);
      const aloneMs = performance.now() - startedMs;
      expect(alone.exit).toBe(1);
      const moments: string[] = [];
      let [kills, mostKept] = [0, 0];
      for (let turn = 0; kills < KILLS / 2; turn++) {
        const moment: Moment =
          turn % 2 === 0
            ? { ms: randomInt(Math.ceil(aloneMs * 0.2), Math.ceil(aloneMs * 0.9)) }
            : { kept: randomInt(1, 4) };
        if (await killedAt([...checkpointed(recording, workers), '--resume'], moment)) kills += 1;
        mostKept = Math.max(mostKept, tallies().length);
        moments.push(`${JSON.stringify(moment)}: ${tallies().length} kept`);
      }
      const resumed = await project.golem([
        ...checkpointed(recording, workers),
        '--resume',
        '--json',
        'resumed.json',
      ]);
      expect(resumed.exit, resumed.err).toBe(1);
      expect(project.read('resumed.json'), moments.join('; ')).toBe(project.read('alone.json'));
      // Kept while it ran, cleared away at its end.
      expect(mostKept, moments.join('; ')).toBeGreaterThan(0);
      expect(tallies()).toEqual([]);
    },
    240_000,
  );

  /** Leaves the checkpoints of a replay that was killed on its way. */
  async function begun(): Promise<void> {
    if (project.exists('kept')) project.remove('kept');
    // A test that gets no turn while golem has many may come too late.
    while (!(await killedAt(checkpointed('grouped.ndjson', 2), { kept: 1 }))) {}
  }

  it('says that it begins anew where nothing is kept, and what stands in the way of a folder', async () => {
    if (project.exists('kept')) project.remove('kept');
    const resumed = await project.golem([...checkpointed('grouped.ndjson', 1), '--resume']);
    expect(resumed.err).toContain('golem: nothing is kept in kept; the replay begins anew');
    expect(resumed.exit).toBe(1);
    const blocked = await project.golem(['replay', 'grouped.ndjson', '--checkpoint', 'grouped.ndjson/kept']);
    expect(blocked.err).toMatch(
      /Failed to keep checkpoints in "grouped\.ndjson\/kept": no folder can be had there: ENOTDIR: not a directory\. Run: ls -ld grouped\.ndjson/,
    );
    expect(blocked.exit).toBe(69);
  });

  it('is not begun anew by mistake, nor resumed as another', async () => {
    await begun();
    const anew = await project.golem(checkpointed('grouped.ndjson', 2));
    expect(anew.err).toContain(
      'Failed to begin in the folder "kept": it holds the checkpoints of a run that was not finished; ' +
        '--resume goes on from them. Run: rm -r kept',
    );
    const seed = await project.golem([...checkpointed('grouped.ndjson', 2), '--resume', '--seed', 'b']);
    expect(seed.err).toMatch(
      /^kept\/1-\d+\.tally: Failed to resume from .*differs in the seed: "golem", not "b"\. Run: rm -r kept +# to begin anew, or go on with the options it was begun with/m,
    );
    const cut = await project.golem([
      ...checkpointed('grouped.ndjson', 2),
      '--resume',
      '--part-bytes',
      '250000',
    ]);
    expect(cut.err).toContain('its recordings were cut in other parts');
    expect([anew.exit, seed.exit, cut.exit]).toEqual([64, 64, 64]);
  }, 60_000);

  it('is not resumed over another recording, or over one of the same size written since', async () => {
    await begun();
    utimesSync(project.path('grouped.ndjson'), new Date(), new Date());
    const touched = await project.golem([...checkpointed('grouped.ndjson', 2), '--resume']);
    expect([touched.exit, touched.err]).toEqual([
      65,
      expect.stringContaining('the recordings have changed since'),
    ]);
    appendFileSync(project.path('grouped.ndjson'), '\n');
    const grown = await project.golem([...checkpointed('grouped.ndjson', 2), '--resume']);
    expect([grown.exit, grown.err]).toEqual([
      65,
      expect.stringContaining('the recordings have changed since'),
    ]);
  }, 60_000);

  it('is not resumed from a tally that is damaged', async () => {
    // As it was before others were appended to it.
    cpSync(`${volume.folder}/grouped.ndjson`, project.path('grouped.ndjson'));
    await begun();
    const [name = ''] = tallies();
    const content = Buffer.from(project.bytes(`kept/${name}`));
    project.write(`kept/${name}`, content.subarray(0, 400));
    const { exit, err } = await project.golem([...checkpointed('grouped.ndjson', 2), '--resume']);
    expect([exit, err]).toEqual([
      65,
      expect.stringContaining(
        `kept/${name}: Failed to read the tally "${name}": it is cut short or damaged in its first line. ` +
          `Run: rm kept/${name}   # then --resume again: only what it held is replayed anew`,
      ),
    ]);
    // What it says to do ends where an undisturbed run would have.
    project.remove(`kept/${name}`);
    await project.golem(['replay', 'grouped.ndjson', '--json', 'alone.json']);
    await project.golem([...checkpointed('grouped.ndjson', 2), '--resume', '--json', 'mended.json']);
    expect(project.read('mended.json')).toBe(project.read('alone.json'));
  }, 60_000);
});
