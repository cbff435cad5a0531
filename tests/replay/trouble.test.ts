/**
 * What can go wrong while a replay is under way: a thread that crashes, a line that is no record, users that do not stand
 * together, a recording that grows, a full disk, somebody who wants it to end. It ends right or says why not.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeStopSign } from '../../harness/run/parts/stop-sign.ts';
import type { RecordedWrite } from '../../harness/recording/format.ts';
import { type ReplayOptions, unwatched } from '../../harness/run/replay.ts';
import type { Ran } from '../cli/run-golem.ts';
import { lastLine, type Project, temporaryProject } from '../temporary-project.ts';
import { byTime, bytesOf, makeVolume, reportOf, ungrouped, type Volume } from './volume.ts';

const PART_BYTES = 60_000;
const CUT = ['--part-bytes', String(PART_BYTES)];

let volume: Volume;
let project: Project;
let grouped = '';
let mixed = '';

beforeAll(async () => {
  volume = await makeVolume(40, 4, 'trouble');
  // A harness of its own: tallies know the code they were made by, which others may be editing.
  project = temporaryProject({ suites: ['edges'], ownHarness: true });
  const { header, records } = volume;
  grouped = volume.write('grouped.ndjson', header, records);
  mixed = volume.write('mixed.ndjson', ungrouped(header), byTime(records));
  for (const name of ['grouped.ndjson', 'mixed.ndjson'])
    cpSync(`${volume.folder}/${name}`, project.path(name));
});
afterAll(() => {
  volume.dispose();
  project.dispose();
});

describe('a worker that crashes', () => {
  /** A migration that ends the thread it runs in at one user's write, as often as asked. */
  function crashing(times: number): void {
    project.changeConfig(`
const { isMainThread } = await import('node:worker_threads');
const { appendFileSync, existsSync, readFileSync } = await import('node:fs');
const { createService } = config.migration;
config.migration = { ...config.migration, createService: (environment: any) => {
  const service = createService(environment);
  return { write: (write: any) => {
    const crashes = existsSync('crashes') ? readFileSync('crashes', 'utf8').length : 0;
    if (!isMainThread && write.user === 'u-0000021' && crashes < ${times}) {
      appendFileSync('crashes', 'x');
      process.exit(3);
    }
    return service.write(write);
  } };
} };`);
  }
  afterEach(() => {
    project.changeConfig('');
    if (project.exists('crashes')) project.remove('crashes');
  });

  const replay = (file: string, ...more: readonly string[]): Promise<Ran> =>
    project.golem(['replay', file, '--workers', '2', '--json', 'crashed.json', ...CUT, ...more]);

  it.each(['grouped.ndjson', 'mixed.ndjson'])(
    'is named and replaced, and nothing of %s is counted twice or lost',
    async (file) => {
      await project.golem(['replay', file, '--json', 'alone.json']);
      crashing(1);
      const { exit, err } = await replay(file);
      expect(err).toMatch(
        /golem: a worker crashed at .*part \d+ of \d+: it ended with code 3; another one begins it anew\n/,
      );
      expect(project.read('crashes')).toBe('x');
      expect([exit, project.read('crashed.json')]).toEqual([1, project.read('alone.json')]);
    },
  );

  it('at the same part again ends the run, which says where', async () => {
    crashing(9);
    const { exit, out, err } = await replay('grouped.ndjson');
    expect(err).toMatch(
      /Failed to replay "grouped\.ndjson, part \d+ of \d+": its worker crashed 2 times: it ended with code 3\./,
    );
    expect([exit, out, project.read('crashes')]).toEqual([70, '', 'xx']);
  });

  it('ends the run at once where it is told so', async () => {
    crashing(9);
    const { exit, err } = await replay('grouped.ndjson', '--on-crash', 'fail');
    expect(err).toContain('its worker crashed: it ended with code 3.');
    expect([exit, project.read('crashes')]).toEqual([70, 'x']);
  });
});

describe('a worker that crashes alone', () => {
  it('leaves the process that asked for it alive, where it was told what to do then', async () => {
    project.changeConfig(`
const { createService } = config.migration;
config.migration = { ...config.migration, createService: (environment: any) => {
  const service = createService(environment);
  return { write: (write: any) => (write.user === 'u-0000021' ? process.exit(3) : service.write(write)) };
} };`);
    const args = ['replay', 'grouped.ndjson', '--workers', '1', '--on-crash', 'fail'];
    const { exit, err } = await project.golem(args);
    project.changeConfig('');
    expect([exit, err]).toEqual([70, expect.stringContaining('its worker crashed: it ended with code 3.')]);
  });
});

describe('a line that is no record', () => {
  const broken = (records: readonly string[]): string => {
    const lines = [...records];
    lines[400] = `${lines[400]!.slice(0, 60)}"`;
    lines[300] = 'nothing at all';
    return lines.join('\n');
  };
  const write = (name: string): string => {
    project.write(`broken-${name}`, broken(project.read(name).split('\n')));
    return `broken-${name}`;
  };

  it.each(['grouped.ndjson', 'mixed.ndjson'])('is named by its line in the whole of %s', async (name) => {
    const file = write(name);
    const { exit, out, err } = await project.golem(['replay', file, '--workers', '2', ...CUT]);
    expect(err).toMatch(new RegExp(`^${file}:(301|401):\\d+: Failed to read recording`, 'm'));
    expect([exit, out]).toEqual([65, '']);
  });

  it.each(['grouped.ndjson', 'mixed.ndjson'])(
    'is counted once in %s under --on-bad-line skip, however it is cut',
    async (name) => {
      const recordings = [project.path(write(name))];
      const options = { onBadLine: 'skip' } as const;
      const whole = await bytesOf(recordings, options);
      expect(JSON.parse(whole).counts.bad_lines).toBe(2);
      expect(await bytesOf(recordings, { ...options, workers: 2, partBytes: PART_BYTES })).toBe(whole);
      for (const index of [1, 2, 3])
        await project.golem([
          ...['replay', `broken-${name}`, '--on-bad-line', 'skip'],
          ...['--shard', `${index}/3`, '--out', `bad-${index}.tally`],
        ]);
      const merged = await project.golem(['merge', 'bad-?.tally', '--json', '-']);
      expect(JSON.parse(merged.out).counts).toEqual(JSON.parse(whole).counts);
    },
  );

  it('of a user without end quote, left out by the sample, is still found', async () => {
    const { exit } = await project.golem(['replay', write('grouped.ndjson'), '--sample', '0.01%']);
    expect(exit).toBe(65);
  });
});

describe('users that do not stand together although the header says so', () => {
  it('are found across parts, with both lines', async () => {
    const { header, records } = volume;
    const [first] = records;
    const own = records.filter(({ user }) => user === first!.user);
    const later = { ...own.at(-1)!, id: 'later', at: '2025-12-01T00:00:00.000Z' };
    const file = volume.write('torn.ndjson', header, [...records, later]);
    const message =
      `torn.ndjson:${records.length + 2}:1: Failed to read recording "torn.ndjson": the header says ` +
      `"grouped_by": "user", but this user's records ended on line ${own.length + 1}.`;
    for (const options of [{}, { workers: 2, partBytes: PART_BYTES }])
      await expect(reportOf([file], options)).rejects.toThrow(message);
  });
});

describe('a recording that changes while it is read', () => {
  it.each([
    ['grows', 'it grew from'],
    ['is written to', 'it was written to while it was read'],
  ])('is refused: it %s', async (how, reason) => {
    const { header, records } = volume;
    const file = volume.write('changing.ndjson', header, records);
    const watch = {
      ...unwatched(),
      onPlan: () => {
        if (how === 'grows') appendFileSync(file, '\n');
        else volume.write('changing.ndjson', header, records);
      },
    };
    await expect(reportOf([file], { watch })).rejects.toThrow(reason);
  });
});

describe('a pipe', () => {
  const piped = (file: string, ...more: readonly string[]): Promise<Ran> =>
    run('bash', [
      '-c',
      'cat "$1" | "$0" "${@:2}"',
      process.execPath,
      file,
      project.path('bin/golem.js'),
      ...['replay', '/dev/stdin', '--quiet', ...more],
    ]);

  it.each(['grouped.ndjson', 'mixed.ndjson'])(
    'is replayed as the file behind it would be: %s',
    async (name) => {
      const file = await project.golem(['replay', name, '--json', '-']);
      const ran = await piped(project.path(name), '--workers', '2', '--json', '-');
      expect(JSON.parse(ran.out).summary).toBe(JSON.parse(file.out).summary);
      expect(JSON.parse(ran.out).differences).toEqual(JSON.parse(file.out).differences);
    },
  );

  it.each([
    [['--checkpoint', 'kept'], 'Failed to keep checkpoints of "/dev/stdin": a pipe cannot be read again;'],
    [['--sample', '10%', '--stratify', 'records'], 'a pipe can be read only once'],
  ])('cannot be read twice, which %j would take', async (options, message) => {
    const { exit, err } = await piped(project.path('grouped.ndjson'), ...options);
    expect([exit, err]).toEqual([64, expect.stringContaining(message)]);
  });
});

describe('a limit on files', () => {
  it('ends the run, and the message says whose limit it is', async () => {
    const file = volume.write('large.ndjson', ungrouped(volume.header), byTime(volume.records));
    const command = `ulimit -f 100; exec "$0" "$@"`;
    const args = [project.path('bin/golem.js'), 'replay', file, '--workers', '2', '--part-bytes', '500000'];
    const ran = await run('bash', ['-c', command, process.execPath, ...args]);
    expect(ran.err).toContain(
      'Failed to set records aside in "the folder for temporary files": it grew larger than a file may be here, ' +
        'by the limit of this shell or of the file system. Run: ulimit -f unlimited; ',
    );
    expect([ran.exit, ran.out]).toEqual([69, '']);
    expect(readdirSync(volume.folder).filter((name) => name.startsWith('golem-parts-'))).toEqual([]);
  });
});

function run(command: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: project.root,
      env: { PATH: process.env.PATH ?? '', TMPDIR: volume.folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text: Buffer) => {
      out += text;
    });
    child.stderr.on('data', (text: Buffer) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (exit) => resolve({ exit, out, err }));
  });
}

describe('a replay that is told to end', () => {
  async function stopped(
    file: () => string,
    options: Partial<ReplayOptions>,
  ): Promise<{ readonly records: number; readonly users: number }> {
    const stop = makeStopSign();
    let [nowMs, words] = [0, 0];
    const watch = {
      ...unwatched(),
      stop,
      // Each look at the clock is time enough for another word on progress.
      elapsedMs: () => {
        nowMs += 1_000;
        return nowMs;
      },
      onProgress: () => {
        words += 1;
        if (words === 9) stop.putUp();
      },
    };
    const report = await reportOf([file()], { ...options, watch });
    expect(report.partial).toBe('interrupted');
    expect(['fail', 'inconclusive']).toContain(report.verdict);
    expect(report.summary).toMatch(/^golem: \w+, partial \(interrupted\) · /);
    const { records, users } = report.counts;
    expect(users).toBeGreaterThan(0);
    expect(users).toBeLessThan(40);
    return { records, users };
  }

  it.each([
    ['together', () => grouped, (): readonly RecordedWrite[] => volume.records],
    ['mixed', () => mixed, (): readonly RecordedWrite[] => byTime(volume.records)],
  ])('stops between two users and says what it knows of those before: %s', async (_name, file, lines) => {
    const { records, users } = await stopped(file, {});
    const own = [...Map.groupBy(lines(), ({ user }) => user).values()].slice(0, users);
    expect(records).toBe(own.reduce((sum, { length }) => sum + length, 0));
  });

  it('says neither yes nor no to a rollout where it ended before the first record', async () => {
    const watch = { ...unwatched(), stop: makeStopSign() };
    watch.stop.putUp();
    const ramp = { steps: [10, 100], shadowShare: false, watch: null };
    const { exit, ramp: judged, rows, counts } = await reportOf([grouped], { watch, ramp });
    expect([exit, counts.records, rows.filter(({ passed }) => !passed)]).toEqual([2, 0, []]);
    for (const { verdict, reasons } of judged!.steps) {
      expect(verdict).toBe('not enough evidence');
      expect(reasons[0]).toMatchObject({ code: 'nobody', detail: 'interrupted' });
    }
  });

  it('stops in all threads', async () => {
    await stopped(() => grouped, { workers: 2, partBytes: PART_BYTES });
  });

  it('by Ctrl-C ends with 130 and a verdict that is marked', async () => {
    const { header, records } = volume;
    // A hundred copies of these people take long enough to be interrupted.
    const copies = Array.from({ length: 150 }, (_, copy) =>
      records.map((record) => ({ ...record, user: `${record.user}-${copy}` })),
    ).flat();
    cpSync(volume.write('long.ndjson', { ...header, anonymised: true }, copies), project.path('long.ndjson'));
    const ran = await project.golem(['replay', 'long.ndjson', '--workers', '1', '--json', 'ended.json'], {
      until: (_, err) => (err.includes('first ') ? 'SIGINT' : null),
    });
    expect(ran.err).toContain('golem: ending after the users at hand');
    expect(lastLine(ran.out)).toMatch(/^golem: \w+, partial \(interrupted\) · [\d,]+ records, /);
    expect(ran.exit).toBe(130);
    const report = JSON.parse(project.read('ended.json'));
    expect([report.partial, report.verdict === 'pass']).toEqual(['interrupted', false]);
    expect(report.counts.records).toBeLessThan(copies.length);
  }, 90_000);
});
