import { describe, expect, it } from 'vitest';
import { fakeShell } from '../../tests/cli/fake-shell.ts';
import { finding } from '../../tests/cli/sample-report.ts';
import type { GolemConfig } from '../config.ts';
import { GolemError } from '../errors.ts';
import { runGoldenCommand } from './golden.ts';
import { acceptTask, type GoldenDoors, prune, rejectTask, showStatus, statusTask } from './golden-tasks.ts';

const globals = { config: null, debug: false, color: true };
const config = {
  golden: 'golden',
  seed: '7',
  store: 'pglite',
  suites: [{ name: 'everyday' }],
} as unknown as GolemConfig;
const total = { matched: 1, changed: 0, missing: 0, orphaned: 0, damaged: 0, pending: 0 };

/** Doors that note what they were asked for; the golden folder's asks for a replay, as the real one does. */
function doors(clean = true) {
  const asked: unknown[] = [];
  const note = (
    name: string,
    {
      currentDocuments: _,
      findCauses: __,
      beforeWriting: ___,
      ...work
    }: object & { currentDocuments: unknown; findCauses?: unknown; beforeWriting?: unknown },
  ): void => {
    asked.push([name, work]);
  };
  const all: GoldenDoors = {
    loadConfig: async () => ({ config, root: '/somewhere' }),
    replayedGolden: async ({ store, seed, root, ci }) => {
      asked.push(['replay', { store, seed, root, ci }]);
      return { currentDocuments: async () => new Map(), findCauses: () => [] };
    },
    looserSince: async ({ file }, ref) => {
      asked.push(['looser', file, ref]);
      const loosened = clean
        ? []
        : [{ kind: 'limit' as const, text: 'everyday: refused by V2, at most 0 → 2' }];
      return { base: { ref, commit: '0123456789abcdef' }, existed: true, loosened };
    },
    goldenStatus: async (work) => {
      note('status', work);
      await work.currentDocuments(['everyday']);
      return { suites: [], total, causes: [], findings: clean ? [] : [finding()], clean };
    },
    acceptGolden: async (work) => {
      note('accept', work);
      await work.beforeWriting(work.patterns);
      return {
        accepted: [{ name: 'everyday/u/d', file: 'golden/everyday/u/d.json', was: 'changed' }],
        unchanged: 2,
        held: [],
      };
    },
    rejectGolden: async (work) => {
      note('reject', work);
      return { rejected: ['golden/everyday/u/d.pending.json'] };
    },
    pruneGolden: async (work) => {
      note('prune', work);
      return { removed: ['golden/old.json'] };
    },
  };
  return { asked, all };
}

const place = { root: '/somewhere', goldenDir: 'golden', suites: [{ name: 'everyday' }] };

describe('golem golden', () => {
  it('status replays with the config’s store and seed, and answers 0 only where all is as accepted', async () => {
    const { asked, all } = doors();
    const shell = fakeShell({});
    expect(await runGoldenCommand(showStatus, {}, globals, shell, all)).toBe(0);
    expect(asked).toEqual([
      ['status', { ...place, ci: false }],
      ['replay', { store: { kind: 'pglite' }, seed: '7', root: '/somewhere', ci: false }],
    ]);
    expect(shell.out()).toMatch(/^golem: golden clean · 1 matched, .*\n$/);
    const other = fakeShell({});
    expect(await runGoldenCommand(showStatus, { store: 'memory' }, globals, other, doors(false).all)).toBe(1);
    expect(other.out()).toMatch(
      /^FOUND golden\/v2_changed, 1 finding\n.*\n\ngolem: golden not clean · [^\n]*\n$/s,
    );
  });

  it('accept hands on patterns, reason and whether a build server runs it, and replays nothing by itself', async () => {
    const { asked, all } = doors();
    const shell = fakeShell({ env: { CI: 'true' } });
    const task = acceptTask(['everyday/*'], {}, 'rounds half up');
    expect(await runGoldenCommand(task, {}, globals, shell, all)).toBe(0);
    expect(asked).toEqual([
      [
        'accept',
        {
          ...place,
          ci: true,
          patterns: ['everyday/*'],
          causes: [],
          allowFewerCases: false,
          reason: 'rounds half up',
        },
      ],
    ]);
    expect(shell.out()).toBe(
      'changed  golden/everyday/u/d.json\ngolem: accepted 1 case, 2 unchanged; review with git diff\n',
    );
  });

  it('status --base lists what is looser without a replay, and fails for it only where that is asked for', async () => {
    const { asked, all } = doors(false);
    const options = { ...globals, config: 'other.config.ts' };
    const shell = fakeShell({ cwd: '/here' });
    expect(await runGoldenCommand(statusTask({ base: 'main' }), {}, options, shell, all)).toBe(0);
    expect(asked).toEqual([['looser', '/here/other.config.ts', 'main']]);
    expect(shell.out()).toBe(`LOOSER limits widened, 1
      everyday: refused by V2, at most 0 → 2

golem: looser than at main (0123456789ab) · limits widened 1
`);
    const failing = statusTask({ base: 'main', failOnLooser: true });
    expect(await runGoldenCommand(failing, {}, globals, fakeShell({}), all)).toBe(1);
    expect(await runGoldenCommand(failing, {}, globals, fakeShell({}), doors(true).all)).toBe(0);
    expect(() => statusTask({ failOnLooser: true })).toThrow('Failed to use "--fail-on-looser"');
  });

  it('accept of several cases needs leave where the project is looser than at its last commit', async () => {
    const attempt = (cases: readonly string[], options = {}, clean = false) =>
      runGoldenCommand(
        acceptTask(cases, options, 'why'),
        {},
        globals,
        fakeShell({ cwd: '/here' }),
        doors(clean).all,
      );
    await expect(attempt(['a', 'b'])).rejects.toThrow(
      'Failed to accept "several cases at once": this project is looser than at HEAD (everyday: refused by V2, ' +
        'at most 0 → 2); add --allow-looser if that is meant. Run: npx golem golden status --base HEAD',
    );
    expect(await attempt(['a', 'b'], { allowLooser: true })).toBe(0);
    expect(await attempt(['a'])).toBe(0);
    expect(await attempt(['a', 'b'], {}, true)).toBe(0);
  });

  it('accept goes on where nothing can be compared, and says so unless there is no git at all', async () => {
    const without = (kind: 'usage' | 'data') => ({
      ...doors().all,
      looserSince: () =>
        Promise.reject(new GolemError({ kind, verb: 'compare with', subject: 'HEAD', reason: 'none' })),
    });
    const task = acceptTask(['a', 'b'], {}, 'why');
    const quiet = fakeShell({});
    expect(await runGoldenCommand(task, {}, globals, quiet, without('usage'))).toBe(0);
    expect(quiet.err()).toBe('');
    const shell = fakeShell({});
    expect(await runGoldenCommand(task, {}, globals, shell, without('data'))).toBe(0);
    expect(shell.err()).toContain(
      'golem: limits were not compared with HEAD: Failed to compare with "HEAD": none',
    );
  });

  it('reject hands on patterns and causes, and says what it removed', async () => {
    const { asked, all } = doors();
    const shell = fakeShell({});
    expect(
      await runGoldenCommand(rejectTask(['everyday/*'], { cause: ['c-1'] }), {}, globals, shell, all),
    ).toBe(0);
    expect(asked).toEqual([['reject', { ...place, ci: false, patterns: ['everyday/*'], causes: ['c-1'] }]]);
    expect(shell.out()).toBe(
      'rejected golden/everyday/u/d.pending.json\ngolem: rejected 1 case; the accepted outcomes stand\n',
    );
  });

  it('prune says what it removed', async () => {
    const shell = fakeShell({});
    expect(await runGoldenCommand(prune, {}, globals, shell, doors().all)).toBe(0);
    expect(shell.out()).toBe('removed  golden/old.json\ngolem: removed 1 file; review with git status\n');
  });
});
