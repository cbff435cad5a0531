/**
 * Shards of a replay as whole commands: their tallies, merged in any order, give the bytes of one replay of everything;
 * whatever does not belong together is refused with its reason.
 */
import { cpSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Project, temporaryProject } from '../temporary-project.ts';
import type { Ran } from '../cli/run-golem.ts';
import { byTime, makeVolume, ungrouped, type Volume } from './volume.ts';

let volume: Volume;
let project: Project;
let whole = '';

const RECORDINGS = 'days-*.ndjson.gz';

async function shard(index: number, of: number, ...more: readonly string[]): Promise<Ran> {
  const out = `${of}-${index}.tally`;
  return project.golem(['replay', RECORDINGS, '--shard', `${index}/${of}`, '--out', out, ...more]);
}

async function merge(...tallies: readonly string[]): Promise<Ran> {
  return project.golem(['merge', ...tallies, '--json', '-']);
}

beforeAll(async () => {
  volume = await makeVolume(12, 3, 'shards');
  // A harness of its own: tallies know the code they were made by, which others may be editing.
  project = temporaryProject({ suites: ['edges'], ownHarness: true });
  const { header, records } = volume;
  for (const [day, own] of Map.groupBy(byTime(records), ({ at }) => at.slice(0, 10))) {
    const file = volume.write(`days-${day}.ndjson.gz`, ungrouped(header), own);
    cpSync(file, project.path(`days-${day}.ndjson.gz`));
  }
  const ran = await project.golem(['replay', RECORDINGS, '--json', '-']);
  whole = ran.out;
  // Four at a time would be quicker, but machines that build have few cores.
  for (const of of [1, 4]) for (let index = 1; index <= of; index++) await shard(index, of);
}, 120_000);
afterAll(() => {
  volume.dispose();
  project.dispose();
});

describe('golem merge', () => {
  it('gives the bytes of one replay, of one shard and of four in any order', async () => {
    expect(JSON.parse(whole).counts.records).toBe(volume.records.length);
    expect((await merge('1-1.tally')).out).toBe(whole);
    expect((await merge('4-?.tally')).out).toBe(whole);
    const names = [1, 2, 3, 4].map((index) => `4-${index}.tally`);
    const [order] = fc.sample(fc.shuffledSubarray(names, { minLength: 4 }), 1);
    expect((await merge(...order!)).out, `in the order ${order!.join(' ')}`).toBe(whole);
  });

  it('takes tallies from a folder that the replay made for them', async () => {
    const made = await project.golem(['replay', RECORDINGS, '--out', 'new/folder/all.tally']);
    expect([made.exit, made.err]).toEqual([0, '']);
    expect((await merge('new/folder/all.tally')).out).toBe(whole);
  });

  it('gives the bytes of a tally again when the shard is replayed again', async () => {
    const before = project.read('4-2.tally');
    expect((await shard(2, 4, '--workers', '2', '--part-bytes', '9000')).exit).toBe(0);
    expect(project.read('4-2.tally')).toBe(before);
  });

  it.each<[string, () => Promise<Ran>, string]>([
    [
      'a shard that is missing',
      () => merge('4-1.tally', '4-3.tally', '4-4.tally'),
      'Failed to merge "4 shards": shard 2 of 4 is missing; --partial judges the others. ' +
        "Run: npm run replay -- 'days-*.ndjson.gz' --flags NORMALIZE_V2_SHADOW=1 --flags DUAL_WRITE_V2=0 " +
        '--seed golem --shard 2/4 --out part-2.tally',
    ],
    [
      'a shard that is there twice',
      async () => {
        cpSync(project.path('4-3.tally'), project.path('copy.tally'));
        return merge('4-?.tally', 'copy.tally');
      },
      'copy.tally: Failed to merge "copy.tally": shard 3 of 4 is there twice, the other is 4-3.tally; ' +
        'leave one of them out. Run: ls -l 4-3.tally copy.tally',
    ],
    [
      'shards of different seeds',
      async () => {
        await project.golem(['replay', RECORDINGS, '--shard', '2/4', '--out', 'seed.tally', '--seed', 'b']);
        return merge('4-1.tally', 'seed.tally');
      },
      'it differs from 4-1.tally in the seed: "b", not "golem"; as many are like the one as like the other: ' +
        'make either again. Run: ls -l 4-1.tally seed.tally',
    ],
    [
      'one odd tally among those that fit, though it comes first',
      async () => {
        const out = ['--out', '0-odd.tally', '--seed', 'b'];
        await project.golem(['replay', RECORDINGS, '--shard', '1/4', ...out]);
        return merge('0-odd.tally', '4-2.tally', '4-3.tally', '4-4.tally');
      },
      '0-odd.tally: Failed to merge "0-odd.tally": it differs from 4-2.tally in the seed: "b", not "golem". ' +
        "Run: npm run replay -- 'days-*.ndjson.gz' --flags NORMALIZE_V2_SHADOW=1 --flags DUAL_WRITE_V2=0 " +
        '--seed golem --shard 1/4 --out 0-odd.tally',
    ],
    [
      'a shard that is missing beside others of a folder, of a recording that lies elsewhere',
      async () => {
        const [day = ''] = readdirSync(project.root).filter((name) => name.startsWith('days-'));
        const away = project.path('away/ten.ndjson.gz');
        cpSync(project.path(day), away);
        await project.golem(['replay', away, '--shard', '1/2', '--out', 'put/p1.tally']);
        return merge('put/p1.tally');
      },
      '--shard 2/2 --out put/part-2.tally   # ten.ndjson.gz: with its folder',
    ],
    [
      'shards under different flags',
      async () => {
        const flags = ['--flags', 'DUAL_WRITE_V2=1'];
        await project.golem(['replay', RECORDINGS, '--shard', '2/4', '--out', 'flag.tally', ...flags]);
        return merge('4-1.tally', 'flag.tally');
      },
      'in the flags: {"DUAL_WRITE_V2":"1","NORMALIZE_V2_SHADOW":"1"}, not {"DUAL_WRITE_V2":"0"',
    ],
    [
      'shards of another cut',
      () => merge('4-1.tally', '1-1.tally'),
      '4-1.tally: Failed to merge "4-1.tally": it is one of 4 shards, the others are of 1.',
    ],
    [
      'a tally cut short',
      async () => {
        const content = Buffer.from(project.bytes('4-2.tally'));
        project.write('short.tally', content.subarray(0, content.length - 7));
        return merge('4-1.tally', 'short.tally');
      },
      'short.tally: Failed to read the tally "short.tally": it is cut short or damaged: its checksum does not hold. ' +
        'Run: golem replay <recording...> --shard 2/4 --out short.tally   # with the options of the others',
    ],
    [
      'a tally with one bit flipped',
      async () => {
        const content = Buffer.from(project.bytes('4-2.tally'));
        content[content.length - 60]! ^= 4;
        project.write('flipped.tally', content);
        return merge('4-1.tally', 'flipped.tally');
      },
      'its checksum does not hold',
    ],
    [
      'what is no tally',
      async () => {
        project.write('none.tally', '{"golem":"recording","version":1}\n');
        return merge('none.tally');
      },
      'none.tally: Failed to read the tally "none.tally": expected a tally, which begins with {"golem":"tally","version":1,…}.',
    ],
    [
      'a tally of a later version',
      async () => {
        project.write('later.tally', '{"golem":"tally","version":2}\nx');
        return merge('later.tally');
      },
      'this golem reads tallies of version 1, found version 2.',
    ],
    ['a tally that is not there', () => merge('gone.tally'), 'there is no such file'],
    ['a pattern that nothing fits', () => merge('gone-*.tally'), 'no file fits this pattern'],
  ])('refuses %s', async (_name, run, message) => {
    const { exit, out, err } = await run();
    expect(err).toContain(message);
    expect([exit, out]).toEqual([65, '']);
  });

  it('judges what is there under --partial, never as a pass, and says so', async () => {
    const { exit, out } = await merge('4-1.tally', '4-3.tally', '--partial');
    const report = JSON.parse(out);
    expect(report.partial).toBe('2 of 4 shards missing');
    expect(report.summary).toContain(', partial (2 of 4 shards missing) · ');
    expect([report.verdict === 'pass', exit === 0]).toEqual([false, false]);
  });

  it('refuses an empty name, which would be the folder at hand', async () => {
    const tally = await project.golem(['merge', '']);
    const recording = await project.golem(['replay', '']);
    expect([tally.exit, recording.exit]).toEqual([64, 64]);
    expect(tally.err).toContain('expected the name of a tally, found an empty text. Run: golem merge --help');
    expect(recording.err).toContain('expected the name of a recording, found an empty text.');
  });

  it('refuses a watch that nothing is watched for', async () => {
    const { exit, err } = await project.golem(['merge', '1-1.tally', '--watch', '2h']);
    expect([exit, err]).toEqual([
      64,
      expect.stringContaining('Failed to read "--watch 2h": it needs --ramp'),
    ]);
  });

  it('refuses tallies of other rules, and of other code', async () => {
    const rules = 'observability/prometheus/shadow-diff-alerts.yml';
    const before = project.read(rules);
    try {
      project.write(rules, `${before}# another comment\n`);
      const { exit, err } = await merge('4-?.tally');
      expect([exit, err]).toEqual([
        65,
        expect.stringContaining('the rule files changed since it was made; merge where it was made,'),
      ]);
    } finally {
      project.write(rules, before);
    }
    project.changeConfig('config.limits.refused = 5;');
    const { exit, err } = await merge('4-?.tally');
    expect([exit, err]).toEqual([
      65,
      expect.stringContaining('the code or the config changed since it was made; merge where it was made,'),
    ]);
    project.changeConfig('');
  });
});

describe('golem replay', () => {
  it.each([
    [['--sample', '0'], 'Failed to use "--sample 0": expected a share from 0.01% to 100%, such as 10%.'],
    [['--sample', '110%'], 'Failed to use "--sample 110%": expected a share'],
    [['--sample', 'abc'], 'Failed to use "--sample abc": expected a share'],
    [['--sample', '0%'], 'expected a share'],
    [['--stratify', 'records'], 'Failed to use "--stratify records": it needs a --sample smaller than 100%.'],
    [['--shard', '3/16'], 'Failed to use "--shard 3/16": it needs --out FILE, where its tally goes.'],
    [
      ['--shard', '0/4', '--out', 'x'],
      'Failed to use "--shard 0/4": expected which of how many, such as 3/16.',
    ],
    [['--shard', '5/4', '--out', 'x'], 'Failed to use "--shard 5/4"'],
    [['--out', 'x', '--json', '-'], 'a tally has no report yet; golem merge makes one of all shards'],
    [['--since', '2025-09-31'], 'expected a day such as 2025-09-01'],
    [['--since', '2025-09-02', '--until', '2025-09-01'], 'it lies before --since 2025-09-02'],
    [['--where', 'body=x'], 'expected user, method, path, header.NAME = or !='],
    [['--users', ','], 'expected names with commas between them'],
    [['--workers', '0'], 'expected a number of threads from 1 to 256'],
    [['--resume'], 'it needs --checkpoint FOLDER, the one of the run to go on from'],
    [['--seed', ''], 'Failed to use "--seed": expected a text of at least one character.'],
    [['--json', '.'], 'Failed to write ".": it is a folder.'],
  ])('refuses %j with 64 and what it expected', async (args, message) => {
    const { exit, out, err } = await project.golem(['replay', RECORDINGS, ...args]);
    expect(err).toContain(message);
    expect([exit, out]).toEqual([64, '']);
  });

  it('reads a file once that is named twice, and says so', async () => {
    const file = 'days-2025-09-01.ndjson.gz';
    const once = await project.golem(['replay', file, '--json', 'once.json']);
    const twice = await project.golem(['replay', file, `./${file}`, '--json', 'twice.json']);
    expect(twice.err).toContain(`golem: ./${file} is named twice and read once\n`);
    expect([once.exit, JSON.parse(project.read('twice.json')).counts]).toEqual([
      twice.exit,
      JSON.parse(project.read('once.json')).counts,
    ]);
  });

  it('names both places of a record that two files hold', async () => {
    cpSync(project.path('days-2025-09-01.ndjson.gz'), project.path('copied.ndjson.gz'));
    const { exit, err } = await project.golem(['replay', 'copied.ndjson.gz', 'days-2025-09-01.ndjson.gz']);
    expect(err).toMatch(
      /^days-2025-09-01\.ndjson\.gz:2:1: Failed to read recording .*"id" is unique within a user: line 2 of copied\.ndjson\.gz has the same\./m,
    );
    expect(exit).toBe(65);
  });

  it('refuses a pattern that nothing fits, and a scheme that nobody serves', async () => {
    const none = await project.golem(['replay', 'october-*.ndjson']);
    expect([none.exit, none.err]).toEqual([65, expect.stringContaining('no file fits this pattern')]);
    const ftp = await project.golem(['replay', 'ftp://example.org/a.ndjson']);
    expect([ftp.exit, ftp.err]).toEqual([64, expect.stringContaining('not read from ftp:// addresses')]);
  });
});
