/** A temporary project as a git repository with the real attributes and ignore files, for tests of what git does to golden files. */
import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type Project, REPOSITORY } from '../temporary-project.ts';

export interface Repository {
  /** Runs git in the project; throws what it says when it fails. */
  git(...args: readonly string[]): string;
  /** Commits everything that is not ignored; returns the commit. */
  commit(message: string): string;
}

const IDENTITY = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main'];

/** Makes the project a repository with one commit. */
export function repositoryOf(project: Project): Repository {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', [...IDENTITY, ...args], {
      cwd: project.root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  const commit = (message: string): string => {
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', message);
    return git('rev-parse', 'HEAD');
  };
  for (const name of ['.gitattributes', '.gitignore']) cpSync(join(REPOSITORY, name), project.path(name));
  // Here a link, which the pattern for a folder does not mean.
  project.write('.gitignore', `${project.read('.gitignore')}/node_modules\n`);
  git('init', '-q');
  commit('first');
  return { git, commit };
}
