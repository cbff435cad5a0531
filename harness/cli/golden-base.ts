/**
 * The project as it was at a commit, laid out in a temporary folder. A file of its own because it is the only place
 * that asks git, and because what an older commit's config runs must not touch this process: it is evaluated in one of
 * its own.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { GolemError } from '../errors.ts';
import type { Policy } from '../golden/policy.ts';

const run = promisify(execFile);

/** Longest that an older config may take to load. */
const LOADING_MS = 60_000;

/** A commit as it was asked for, and the one that is compared with. */
export interface BaseCommit {
  readonly ref: string;
  /** Where the present state parted from `ref`; so what happened on `ref` since then is not held against anybody. */
  readonly commit: string;
}

/** The project at a commit. */
export interface BaseTree {
  /** The config's folder in it. */
  readonly root: string;
  dispose(): void;
}

/** Finds the commit that `ref` and the present state have in common. Rejects with kind `usage` where there is none. */
export async function resolveBase(root: string, ref: string): Promise<BaseCommit> {
  const refuse = (reason: string, next?: string): GolemError =>
    new GolemError({
      kind: 'usage',
      verb: 'compare with',
      subject: ref,
      reason,
      ...(next !== undefined && { next }),
    });
  if ((await git(root, ['rev-parse', '--is-inside-work-tree'])) !== 'true')
    throw refuse('this folder is not in a git repository');
  const named = await git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
  if (named === null) {
    const shallow = (await git(root, ['rev-parse', '--is-shallow-repository'])) === 'true';
    throw refuse(
      shallow ? 'this clone does not reach back to it' : 'git knows no such commit',
      shallow ? 'git fetch --unshallow' : 'git log --oneline',
    );
  }
  const common = await git(root, ['merge-base', 'HEAD', named]);
  return { ref, commit: common ?? named };
}

/**
 * Writes the commit's files into a temporary folder, with the packages that are installed now, without touching the
 * repository. The caller disposes of it.
 */
export async function checkOutBase(root: string, commit: string): Promise<BaseTree> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'golem-base-')));
  const dispose = (): void => {
    process.off('exit', dispose);
    rmSync(folder, { recursive: true, force: true });
  };
  // An interruption ends the process without coming back here.
  process.on('exit', dispose);
  try {
    const top = (await git(root, ['rev-parse', '--show-toplevel'])) ?? root;
    const tree = join(folder, 'tree');
    const env = { GIT_INDEX_FILE: join(folder, 'index') };
    await gitOrThrow(top, ['read-tree', commit], env);
    await gitOrThrow(top, ['checkout-index', '--all', `--prefix=${tree}/`], env);
    const below = relative(realpathSync(top), realpathSync(root));
    linkPackages(top, tree, below);
    return { root: join(tree, below), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Every folder of packages that the config's imports may resolve to, from its own folder up to the repository's. */
function linkPackages(top: string, tree: string, below: string): void {
  for (let folder = below; ; folder = dirname(folder)) {
    const installed = join(top, folder, 'node_modules');
    const linked = join(tree, folder, 'node_modules');
    if (existsSync(installed) && existsSync(dirname(linked)) && !existsSync(linked))
      symlinkSync(realpathSync(installed), linked, 'junction');
    if (folder === '' || folder === '.') return;
  }
}

/**
 * The policy of a config that stands in another tree, worked out in a process of its own. Null when that tree has no
 * such file. Rejects with kind `data` when it cannot be loaded.
 */
export async function policyAt(configFile: string, shownAs: string): Promise<Policy | null> {
  if (!existsSync(configFile)) return null;
  const folder = mkdtempSync(join(tmpdir(), 'golem-policy-'));
  const into = join(folder, 'policy.json');
  const module = (path: string): string =>
    JSON.stringify(new URL(`${path}${extname(import.meta.filename)}`, import.meta.url).href);
  const script = `
    const { writeFileSync } = await import('node:fs');
    const { policyOf } = await import(${module('../golden/policy')});
    const { limitsOf } = await import(${module('../gate/judge')});
    const loaded = await import(${JSON.stringify(pathToFileURL(configFile).href)});
    writeFileSync(${JSON.stringify(into)}, JSON.stringify(policyOf(loaded.config ?? loaded.default, limitsOf)));`;
  try {
    await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: dirname(configFile),
      timeout: LOADING_MS,
      maxBuffer: 1 << 26,
    });
    return JSON.parse(readFileSync(into, 'utf8')) as Policy;
  } catch (error) {
    const said = (error as { readonly stderr?: string }).stderr ?? '';
    const reason =
      /^\w*Error.*$/m.exec(said)?.[0] ?? (error instanceof Error ? error.message : String(error));
    throw new GolemError(
      {
        kind: 'data',
        verb: 'load',
        subject: shownAs,
        reason: reason.replaceAll(/\s+/g, ' ').replace(/\.$/, ''),
      },
      { cause: error },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What git prints, or null where it says no. */
async function git(cwd: string, args: readonly string[]): Promise<string | null> {
  try {
    return await gitOrThrow(cwd, args);
  } catch (error) {
    if (error instanceof GolemError && error.failure.verb === 'run') throw error;
    return null;
  }
}

async function gitOrThrow(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    const { stdout } = await run('git', [...args], {
      cwd,
      env: { ...process.env, ...env },
      maxBuffer: 1 << 26,
    });
    return stdout.trim();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const said = String((error as { readonly stderr?: string }).stderr ?? '').trim();
    throw new GolemError(
      {
        kind: 'unavailable',
        verb: missing ? 'run' : 'ask',
        subject: 'git',
        reason: missing
          ? 'there is no such program'
          : `git ${args[0]} failed (${said || 'it gave no reason'})`,
      },
      { cause: error },
    );
  }
}
