/**
 * What is looser than at a commit: the project then, in a temporary folder, against the project now. A file of its own
 * because status, accept and the gate's job summary ask the same question.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { GolemConfig } from '../config.ts';
import { GolemError } from '../errors.ts';
import { limitsOf } from '../gate/judge.ts';
import { byCodeUnit } from '../golden/json.ts';
import { type Expectation, type Loosening, loosenings } from '../golden/loosening.ts';
import { policyOf } from '../golden/policy.ts';
import { readLedger } from '../ledger/ledger.ts';
import { type BaseCommit, checkOutBase, policyAt, resolveBase } from './golden-base.ts';

/** The config as it is now, and where it stands. */
export interface Present {
  readonly config: GolemConfig;
  readonly root: string;
  /** Absolute path of the config file. */
  readonly file: string;
}

export interface LooserSince {
  readonly base: BaseCommit;
  /** False when there was no config at that commit, so that everything is new and nothing looser. */
  readonly existed: boolean;
  readonly loosened: readonly Loosening[];
}

/**
 * Everything looser now, changes that are not committed included, than where `ref` and the present state part. Rejects
 * with kind `usage` for a commit that git does not have, `data` for a config of then that cannot be loaded.
 */
export async function looserSince(present: Present, ref: string): Promise<LooserSince> {
  const base = await resolveBase(present.root, ref);
  const tree = await checkOutBase(present.root, base.commit);
  try {
    const name = relative(present.root, present.file);
    const then = await policyAt(join(tree.root, name), `${name} at ${ref}`);
    if (then === null) return { base, existed: false, loosened: [] };
    const now = policyOf(present.config, limitsOf);
    // A ledger of then that nobody could read expected nothing.
    const before = orNothing(() => expectationsAt(tree.root, then.ledger));
    const loosened = loosenings(
      { policy: then, expectations: before, cases: casesAt(join(tree.root, then.golden)) },
      {
        policy: now,
        expectations: expectationsAt(present.root, now.ledger),
        cases: casesAt(join(present.root, now.golden)),
      },
    );
    return { base, existed: true, loosened };
  } finally {
    tree.dispose();
  }
}

function orNothing<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof GolemError) return [];
    throw error;
  }
}

function expectationsAt(root: string, ledger: string | null): Expectation[] {
  if (ledger === null || !existsSync(join(root, ledger))) return [];
  const { entries } = readLedger(readFileSync(join(root, ledger), 'utf8'), ledger);
  return entries.map(({ id, expires, where }) => ({ id, expires, covers: JSON.stringify(where) }));
}

/** Golden files below a folder, with the number of their records; pending ones are nobody's promise. */
function casesAt(folder: string): ReadonlyMap<string, number | null> {
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.pending)\.json$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  return new Map(files.sort(byCodeUnit).map((file) => [file, recordsOf(join(folder, file))]));
}

function recordsOf(file: string): number | null {
  try {
    const { writes_base: records } = JSON.parse(readFileSync(file, 'utf8')) as { writes_base?: unknown };
    return Array.isArray(records) ? records.length : null;
  } catch {
    return null;
  }
}
