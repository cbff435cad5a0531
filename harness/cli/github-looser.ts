/**
 * Adds to GitHub's job summary what a pull request loosens. A file of its own because it may fail where the gate does
 * not: then the summary says so, and the verdict stands.
 */
import { appendFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LOOSENINGS } from '../golden/loosening.ts';
import { renderLooserSummary } from '../report/golden-looser.ts';
import { escapeMarkdown } from '../report/github-summary.ts';
import type { LoadedConfig } from './load-config.ts';
import { configName } from './load-config.ts';
import { looserSince } from './golden-looser.ts';
import type { GlobalOptions, Shell } from './shell.ts';

/**
 * Where GitHub runs a pull request, appends a section to its summary: what is looser than on the branch that the
 * request is for. Never rejects.
 */
export async function summariseLooser(
  { config, root }: LoadedConfig,
  options: { readonly github?: boolean },
  globals: GlobalOptions,
  { env, cwd, stderr }: Shell,
): Promise<void> {
  const isGitHub = options.github ?? env.GITHUB_ACTIONS === 'true';
  const { GITHUB_STEP_SUMMARY: summary = '', GITHUB_BASE_REF: branch = '' } = env;
  const name = configName(globals.config, cwd);
  if (!isGitHub || summary === '' || branch === '' || name === undefined) return;
  const ref = `origin/${branch}`;
  let section: string;
  try {
    const { base, existed, loosened } = await looserSince({ config, root, file: resolve(cwd, name) }, ref);
    const lines = loosened.map(({ kind, text }) => ({ kind: LOOSENINGS[kind], text }));
    section = renderLooserSummary({ ref, commit: base.commit, existed, lines });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    stderr.write(`golem: what is looser than ${ref} is not known: ${reason}\n`);
    section = `### Looser than ${escapeMarkdown(ref)}\n\nNot known: ${escapeMarkdown(reason)}\n`;
  }
  try {
    await appendFile(summary, `\n${section}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    stderr.write(`golem: the job summary could not be written: ${reason}\n`);
  }
}
