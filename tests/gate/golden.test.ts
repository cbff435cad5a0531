/**
 * What turns the gate red because of a golden file, and what turns it green again: the real command in a copy of the
 * project, its words, its exit code and what it left on the disk.
 */
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lastLine, gateReport, type Project, redFindings, temporaryProject } from '../temporary-project.ts';

const CASE = 'retries/u-auto/2025-09-01';
const FILE = `golden/${CASE}.json`;
const PENDING = `golden/${CASE}.pending.json`;
const PRUNE = 'npx golem golden prune';
const CI = { env: { CI: 'true' } };

let project: Project;
beforeAll(() => {
  project = temporaryProject({ suites: ['retries'] });
});
beforeEach(() => project.restore());
afterAll(() => project.dispose());

const fileOf = (name: string): string => `golden/${name}.json`;

function git(...args: readonly string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'core.autocrlf=false'];
  return execFileSync('git', [...identity, ...args], { cwd: project.root, encoding: 'utf8' });
}

/** Runs the words of a remedy as a shell would, with a reason where it asks for one. */
function followRemedy(remedy: string): ReturnType<Project['golem']> {
  const words = remedy.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
  const [npx, golem, ...args] = words.map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
  expect([npx, golem]).toEqual(['npx', 'golem']);
  return project.golem(args.map((word) => (word === '…' ? 'a reason' : word)));
}

/** Changes the first place that matches; throws where that changes nothing. */
function editFirst(
  file: string,
  what: RegExp,
  by: (match: string, ...groups: (string | number)[]) => string,
): void {
  const before = project.read(file);
  const after = before.replace(what, by);
  if (after === before) throw new Error(`nothing in ${file} matches ${what}`);
  project.write(file, after);
}

/** One way each to break the accepted file of one case, and what the gate must say of it. */
const BREAKAGES: readonly {
  readonly of: string;
  readonly name: string;
  readonly finding: string;
  readonly detail: string | RegExp;
  readonly breakIt: (file: string) => void;
}[] = [
  {
    of: 'retries/u-auto/2025-09-01',
    name: 'deleted',
    finding: 'golden/missing',
    detail: 'has no golden file; 3 records replayed',
    breakIt: (file) => project.remove(file),
  },
  {
    of: 'retries/u-auto/2025-09-02',
    name: 'edited in one value',
    finding: 'golden/damaged',
    detail: /^its golden file is damaged: its content hash is "sha256:[0-9a-f]+", that of its content is /,
    breakIt: (file) => editFirst(file, /"calories": (\d+)/, (_, kcal) => `"calories": ${Number(kcal) + 1}`),
  },
  {
    of: 'retries/u-auto/2025-11-29',
    name: 'edited in its reason',
    finding: 'golden/damaged',
    detail: /content hash/,
    breakIt: (file) => editFirst(file, /"reason": ".*"/, () => `"reason": "somebody else's"`),
  },
  {
    of: 'retries/u-auto/2025-11-30',
    name: 'left with the marks of a conflict',
    finding: 'golden/damaged',
    detail: 'its golden file is damaged: it is not JSON',
    breakIt: (file) =>
      editFirst(
        file,
        /^ {2}"content": .*$/m,
        (line) => `<<<<<<< ours\n${line}\n=======\n${line}\n>>>>>>> theirs`,
      ),
  },
  {
    of: 'retries/u-body/2025-09-01',
    name: 'merged so that the lines of both sides stand in it',
    finding: 'golden/damaged',
    detail: /^its golden file is damaged: /,
    breakIt: (file) =>
      editFirst(file, /^ +"legacy\/totals": .*$/m, (line) => `${line.replace(/\d+/, '9')}\n${line}`),
  },
  {
    of: 'retries/u-body/2025-09-03',
    name: 'checked out with CR LF',
    finding: 'golden/damaged',
    detail: 'its golden file is damaged: its text is not laid out as golem writes it',
    breakIt: (file) => project.write(file, project.read(file).replaceAll('\n', '\r\n')),
  },
  {
    of: 'retries/u-gone/2025-09-01',
    name: 'cut off',
    finding: 'golden/damaged',
    detail: 'its golden file is damaged: it is not JSON',
    breakIt: (file) => project.write(file, project.read(file).slice(0, -100)),
  },
  {
    of: 'retries/u-header/2025-09-01',
    name: 'emptied',
    finding: 'golden/damaged',
    detail: 'its golden file is damaged: it is not JSON',
    breakIt: (file) => project.write(file, ''),
  },
  {
    of: 'retries/u-header/2025-09-02',
    name: 'replaced by another case’s',
    finding: 'golden/damaged',
    detail: 'its golden file is damaged: it holds the case "retries/u-twin/2025-09-02"',
    breakIt: (file) => project.write(file, project.read('golden/retries/u-twin/2025-09-02.json')),
  },
  {
    of: 'retries/u-photo/2025-09-01',
    name: 'replaced by a link to itself elsewhere',
    finding: 'golden/damaged',
    detail: 'its golden file is damaged: it is a symbolic link, which golem does not follow',
    breakIt: (file) => {
      project.write('elsewhere.json', project.read(file));
      project.remove(file);
      symlinkSync(project.path('elsewhere.json'), project.path(file));
    },
  },
];

describe('golden files that were broken, one in each way,', () => {
  it('turn the gate red, each with its finding, and the remedies turn it green', async () => {
    const accepted = new Map(BREAKAGES.map(({ of }) => [of, project.read(fileOf(of))]));
    for (const { of, breakIt } of BREAKAGES) breakIt(fileOf(of));

    const { ran, report } = await gateReport(project);
    expect(ran.exit).toBe(1);
    expect(redFindings(report)).toEqual(['golden', 'golden/damaged', 'golden/missing']);
    expect(report.findings.map(({ subject }) => subject)).toEqual(BREAKAGES.map(({ of }) => of));
    for (const [index, { of, name, finding, detail }] of BREAKAGES.entries()) {
      expect(report.findings[index], name).toEqual({
        suite: 'retries',
        code: finding,
        subject: of,
        detail: typeof detail === 'string' ? detail : expect.stringMatching(detail),
        remedy: `npx golem golden accept '${of}' --reason "…"`,
        file: fileOf(of),
      });
      expect(project.exists(fileOf(of).replace(/json$/, 'pending.json')), name).toBe(true);
    }
    expect(lastLine(ran.err)).toMatch(/^golem: fail · 72 records .* 2 golden files, .* 1 of \d+ checks red$/);

    // One remedy does for its own case and for no other; the pattern does for the rest.
    const one = await followRemedy(report.findings[0]!.remedy);
    expect([one.exit, one.err]).toEqual([0, '']);
    expect(project.exists(PENDING)).toBe(false);
    expect((await gateReport(project)).report.findings.map(({ subject }) => subject)).toEqual(
      BREAKAGES.slice(1).map(({ of }) => of),
    );
    const all = await project.golem(['golden', 'accept', 'retries/*', '--reason', 'a reason']);
    expect([all.exit, all.err]).toEqual([0, '']);
    const bare = (text: string): string => text.replace(/^ {2}"(content|reason)": .*\n/gm, '');
    for (const [of, text] of accepted) {
      expect(bare(project.read(fileOf(of)))).toBe(bare(text));
      expect(project.read(fileOf(of))).toContain('  "reason": "a reason",\n');
    }
    expect((await project.golem(['gate'])).exit).toBe(0);
  });
});

describe('files that no replayed case has', () => {
  it('turn the gate red, also in CI, and pruning removes them alone', async () => {
    const strays = [
      ['gate', 'golden/former/u-auto/2025-09-01.json', 'golden/orphaned'],
      ['retries', 'golden/retries/u-auto.json', 'golden/orphaned'],
      ['retries', 'golden/retries/u-auto/2001-01-01.json', 'golden/orphaned'],
      ['retries', 'golden/retries/u-auto/2025-09-01.pending.json', 'golden/pending'],
      ['retries', 'golden/retries/u-nobody/2025-09-01.json', 'golden/orphaned'],
    ] as const;
    const names = (): string[] => project.listing().map((line) => line.split(' ')[0]!);
    const before = names();
    for (const [, file] of strays) project.write(file, project.read(FILE));
    project.write('golden/README.md', 'a note of somebody’s\n');
    const broken = project.listing();
    for (const options of [CI, {}]) {
      const { ran, report } = await gateReport(project, [], options);
      expect(ran.exit).toBe(1);
      const found = report.findings.map(({ suite, file, code, remedy }) => [suite, file, code, remedy]);
      const expected = strays.map(([suite, file, code]) => [suite, file, code, PRUNE]);
      expect(found.sort()).toEqual(expected.sort());
      expect(project.listing()).toEqual(broken);
    }
    const pruned = await followRemedy(PRUNE);
    expect([pruned.exit, pruned.err]).toEqual([0, '']);
    for (const [, file] of strays) expect(pruned.out).toContain(file);
    expect(names()).toEqual([...before, 'golden/README.md'].sort());
    expect((await project.golem(['gate'])).exit).toBe(0);
  });
});

describe('in CI', () => {
  it('nothing at all is written, whatever is red, and accepting and pruning are refused', async () => {
    project.remove(FILE);
    project.remove('golden/retries/u-body');
    project.write('golden/retries/u-gone/2001-01-01.json', '{}');
    project.write('golden/retries/u-photo/2025-09-01.pending.json', '{}');
    const before = project.listing();

    const gate = await project.golem(['gate'], CI);
    expect([gate.exit, gate.err]).toEqual([1, '']);
    for (const told of ['golden/missing', 'golden/orphaned', 'golden/pending'])
      expect(gate.out).toContain(told);
    expect((await project.golem(['golden', 'status'], CI)).exit).toBe(1);
    for (const args of [['accept', '--reason', 'because'], ['prune']]) {
      const refused = await project.golem(['golden', ...args], CI);
      expect(refused.err).toBe(
        `Failed to ${args[0]} "golden files": in CI nothing is written; accept on your machine and commit the files.\n`,
      );
      expect([refused.exit, refused.out]).toEqual([64, '']);
    }
    expect(project.listing()).toEqual(before);
  });

  it('is where the variable CI says so, and a green gate leaves every file alone anywhere', async () => {
    const before = project.listing();
    expect((await project.golem(['gate'])).exit).toBe(0);
    expect(project.listing()).toEqual(before);
    project.remove(FILE);
    expect((await project.golem(['gate'], { env: { CI: '1' } })).exit).toBe(1);
    expect(project.exists(PENDING)).toBe(false);
    expect((await project.golem(['gate'], { env: { CI: 'false' } })).exit).toBe(1);
    expect(project.exists(PENDING)).toBe(true);
  });
});

describe('accepting', () => {
  it('needs a reason that says something, and leaves the files alone without one', async () => {
    project.remove(FILE);
    const before = project.listing();
    for (const reason of [[], ['--reason', ''], ['--reason', '  ']]) {
      const { exit, err } = await project.golem(['golden', 'accept', ...reason]);
      expect(err).toContain('reason');
      expect(err.trimEnd().split('\n')).toHaveLength(1);
      expect(exit).toBe(64);
    }
    expect(project.listing()).toEqual(before);
  });

  it('refuses a pattern that means no case, and says where to look', async () => {
    const { exit, err } = await project.golem(['golden', 'accept', 'retreis/*', '--reason', 'x']);
    expect(err).toContain('Failed to find a case for pattern "retreis/*"');
    expect(err).toContain('Run: npx golem golden status');
    expect(exit).toBe(64);
  });

  it('leaves a change that git shows value by value', async () => {
    git('init', '-q');
    project.write('.gitattributes', '* text=auto eol=lf\n');
    git('add', 'golden', '.gitattributes');
    git('commit', '-q', '-m', 'accepted');
    project.write(FILE, '');
    expect((await project.golem(['golden', 'accept', 'retries/*', '--reason', 'typing less'])).exit).toBe(0);
    expect(git('diff', '--numstat', '--', 'golden')).toBe(`2\t2\t${FILE}\n`);
    const diff = git('diff', '--unified=0', '--', 'golden').split('\n');
    expect(
      diff.filter((line) => /^[+-] /.test(line)).map((line) => line.replace(/[0-9a-f]{64}/, '…')),
    ).toEqual([
      '-  "content": "sha256:…",',
      '+  "content": "sha256:…",',
      '-  "reason": "First accepted outcomes",',
      '+  "reason": "typing less",',
    ]);
  });
});
