import { describe, expect, it } from 'vitest';
import { fakeShell } from '../../tests/cli/fake-shell.ts';
import { finding } from '../../tests/cli/sample-report.ts';
import type { GolemConfig } from '../config.ts';
import { acceptTask, type GoldenDoors, prune, runGoldenCommand, showStatus } from './golden.ts';

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
      ...work
    }: object & { currentDocuments: unknown; findCauses?: unknown },
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

  it('prune says what it removed', async () => {
    const shell = fakeShell({});
    expect(await runGoldenCommand(prune, {}, globals, shell, doors().all)).toBe(0);
    expect(shell.out()).toBe('removed  golden/old.json\ngolem: removed 1 file; review with git status\n');
  });
});
