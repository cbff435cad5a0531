import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runGolem } from './run-golem.ts';

let folder = '';
let empty = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'golem-cli-'));
  empty = await mkdtemp(join(tmpdir(), 'golem-cli-empty-'));
  await copyFile(join(import.meta.dirname, 'stand-in.config.mjs'), join(folder, 'golem.config.mjs'));
  await writeFile(join(folder, 'nan.config.mjs'), NAN_CONFIG);
  await writeFile(join(folder, 'throws.config.mjs'), 'throw new Error("no such table");');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await rm(empty, { recursive: true });
});

const NAN_CONFIG = `
import { config as sound } from './golem.config.mjs';
export const config = { ...sound, suites: [{ name: 'a' }, { name: 'b', limits: { day: { amount: { p95: NaN } } } }] };
`;

describe('a mistyped command line ends with 64 and a suggestion', () => {
  it.each([
    [
      ['gaet'],
      'Failed to run "golem gaet": unknown command \'gaet\', did you mean gate. Run: golem --help\n',
    ],
    [
      ['gate', '--stroe', 'memory'],
      'Failed to run "golem gate --stroe memory": unknown option \'--stroe\', did you mean --store. Run: golem gate --help\n',
    ],
    [['--colour'], 'Failed to run "golem --colour": unknown option \'--colour\''],
    [
      ['help', 'nothing'],
      'Failed to run "golem help nothing": unknown command \'nothing\'. Run: golem --help\n',
    ],
    [['gate', '--store'], "option '--store <store>' argument missing. Run: golem gate --help\n"],
    [['replay'], "missing required argument 'recording'. Run: golem replay --help\n"],
    [
      ['replay', 'a', '--on-bad-line', 'ignore'],
      "argument 'ignore' is invalid. Allowed choices are fail, skip.",
    ],
    [
      ['replay', 'a', '--flags', 'DUAL_WRITE=1'],
      'no flag "DUAL_WRITE" is known, did you mean "DUAL_WRITE_V2"',
    ],
    [
      ['replay', 'a', '--flags', 'DUAL_WRITE_V2=x'],
      'expected 0, 1 or a share such as 10%. Run: golem replay --help\n',
    ],
    [['gate', 'evryday'], 'the config has no such suite, did you mean "everyday"; it has everyday.\n'],
    [['gate', '--store', 'sqlite'], 'Failed to use the store "sqlite": expected memory, pglite'],
    [
      ['gate', '--json', 'a.out', '--junit', './a.out'],
      'Failed to write "--json a.out --junit ./a.out": one file cannot hold both.\n',
    ],
    [['gate', '--junit', '-'], 'Failed to write "--junit -": only --json can go to standard output.\n'],
    [['serve', '--listen', 'nowhere'], 'Failed to listen on "nowhere": expected HOST:PORT'],
    [
      ['serve', 'now'],
      "too many arguments for 'serve'. Expected 0 arguments but got 1: now. Run: golem serve --help\n",
    ],
    [
      ['golden', 'accept'],
      'Failed to run "golem golden accept": it needs the option --reason. Run: golem golden accept --help\n',
    ],
    [
      ['golden', 'accept', '--resaon', 'x'],
      "unknown option '--resaon', did you mean --reason. Run: golem golden accept --help\n",
    ],
    [['golden', 'statsu'], "unknown command 'statsu', did you mean status. Run: golem golden --help\n"],
    [
      ['import', 'csv', 'a.csv', '--map', 'm.yml'],
      'it needs the option --out. Run: golem import csv --help\n',
    ],
    [['gate', '--config', 'gone.ts'], 'Failed to load "gone.ts": there is no such file.\n'],
    [
      ['gate', '--config', 'throws.config.mjs'],
      'Failed to load "throws.config.mjs": Error: no such table.\n',
    ],
    [
      ['gate', '--config', 'nan.config.mjs'],
      'nan.config.mjs: Failed to use "suites[1].limits.day.amount.p95": NaN is not a finite number of 0 or more.\n',
    ],
  ])('%j', async (args, message) => {
    const { exit, out, err } = await runGolem(args, { cwd: folder });
    expect(err).toContain(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(out).toBe('');
    expect(exit).toBe(64);
  });

  it('without a command shows the help on standard error', async () => {
    const { exit, out, err } = await runGolem([], { cwd: folder });
    expect(err).toMatch(/^Usage: golem \[options\] \[command\]\n/);
    expect(err).not.toContain('Failed');
    expect([exit, out]).toEqual([64, '']);
  });

  it('without a config says what to type', async () => {
    const { exit, err } = await runGolem(['gate'], { cwd: empty });
    expect(err).toBe(
      'Failed to find "golem.config.ts": this folder has no config. Run: golem gate --config path/to/golem.config.ts\n',
    );
    expect(exit).toBe(64);
  });

  it('leaves no file behind', async () => {
    await runGolem(['gate', 'evryday', '--json', 'report.json'], { cwd: folder });
    expect((await readdir(folder)).sort()).toEqual([
      'golem.config.mjs',
      'nan.config.mjs',
      'throws.config.mjs',
    ]);
  });
});

describe('help', () => {
  it.each([[['--help']], [['help']]])('for all commands: %j', async (args) => {
    const { exit, out, err } = await runGolem(args, { cwd: empty });
    for (const command of ['gate', 'replay', 'golden', 'import', 'alerts', 'serve'])
      expect(out).toContain(`\n  ${command} `);
    expect(out).toContain('\nExamples:\n  $ golem gate');
    expect([exit, err]).toEqual([0, '']);
  });

  it.each(['gate', 'replay', 'golden', 'import', 'alerts', 'serve'])(
    'for golem %s names its options and an example',
    async (name) => {
      const { exit, out, err } = await runGolem([name, '--help'], { cwd: empty });
      expect(out).toMatch(new RegExp(`^Usage: golem ${name} `));
      expect(out).toMatch(new RegExp(`Examples?:\\n  \\$ .*golem ${name}`));
      expect(out).toContain('\n  --debug ');
      expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
      expect([exit, err]).toEqual([0, '']);
      expect((await runGolem(['help', name], { cwd: empty })).out).toBe(out);
      expect((await runGolem(['--help', name], { cwd: empty })).out).toBe(out);
    },
  );

  it('for golem alerts names its subcommands', async () => {
    const { exit, out } = await runGolem(['alerts', '--help'], { cwd: empty });
    for (const subcommand of ['check', 'run', 'query', 'test', 'audit'])
      expect(out).toMatch(new RegExp(`\\n {2}${subcommand} `));
    expect(exit).toBe(0);
  });

  it.each(['check', 'run', 'query', 'test', 'audit'])(
    'for golem alerts %s names its options and an example',
    async (name) => {
      const { exit, out, err } = await runGolem(['alerts', name, '--help'], { cwd: empty });
      expect(out).toMatch(new RegExp(`^Usage: golem alerts ${name} `));
      expect(out).toMatch(new RegExp(`Examples?:\\n  \\$ golem alerts ${name} `));
      expect(out).toContain('\n  --debug ');
      expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
      expect([exit, err]).toEqual([0, '']);
    },
  );

  it('has the version of the package', async () => {
    const { exit, out } = await runGolem(['--version'], { cwd: empty });
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(exit).toBe(0);
  });
});
