/**
 * Brings a database to the schema of this folder: the `.sql` files in order of name, each once, each in a transaction
 * with the row that records it. What was applied is remembered with its content's hash, so a file that changed
 * afterwards is refused rather than half believed.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { GolemError } from '../../errors.ts';

export interface SchemaFile {
  /** File name, such as `0001_meal_logs.sql`. */
  readonly name: string;
  readonly sql: string;
  /** Lower-case hexadecimal SHA-256 of the text. */
  readonly sha256: string;
}

/** What a migration needs of a database: scripts, and the rows of one query as texts. */
export interface MigrationTarget {
  /** Runs statements without parameters as one script. */
  script(sql: string): Promise<void>;
  query(sql: string, values: readonly string[]): Promise<readonly (readonly (string | null)[])[]>;
}

const OWN_FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** Serialises two services that start at once; the number only has to be golem's own. */
const LOCK = 'select pg_advisory_xact_lock(7306085893296906)';

/** Reads the schema files of a folder in order of name; the default is this one. */
export async function readSchema(folder: string = OWN_FOLDER): Promise<readonly SchemaFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(`${folder}/${name}`, 'utf8');
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** One hash over all files and their names: what a prepared database was prepared with. */
export function schemaDigest(files: readonly SchemaFile[]): string {
  const digest = createHash('sha256');
  for (const file of files) digest.update(`${file.name} ${file.sha256}\n`);
  return digest.digest('hex');
}

/**
 * Applies what is missing, in one transaction, and returns the names applied. Refuses with a data error when an
 * applied file has changed, or when the database knows one that is not here.
 */
export async function migrate(
  target: MigrationTarget,
  files: readonly SchemaFile[],
): Promise<readonly string[]> {
  await target.script('begin');
  try {
    await target.script(`${LOCK};
create table if not exists golem_migrations (
  name text primary key,
  sha256 text not null,
  applied_at timestamptz not null default now()
)`);
    const rows = await target.query('select name, sha256 from golem_migrations order by name', []);
    requireUnchanged(files, rows);
    const known = new Set(rows.map(([name]) => name));
    const missing = files.filter((file) => !known.has(file.name));
    for (const file of missing) {
      await target.script(file.sql);
      await target.query('insert into golem_migrations (name, sha256) values ($1, $2)', [
        file.name,
        file.sha256,
      ]);
    }
    await target.script('commit');
    return missing.map((file) => file.name);
  } catch (error) {
    // The first error is the one to tell; a lost connection cannot roll back and need not.
    await target.script('rollback').catch(() => {});
    throw error;
  }
}

function requireUnchanged(
  files: readonly SchemaFile[],
  applied: readonly (readonly (string | null)[])[],
): void {
  for (const [name, sha256] of applied) {
    const file = files.find((candidate) => candidate.name === name);
    if (file?.sha256 === sha256) continue;
    throw new GolemError({
      kind: 'data',
      verb: 'migrate',
      subject: name ?? '',
      reason: file
        ? 'the file changed after it was applied; put its text back and add a new file for the change'
        : 'the database has it applied, but it is not among the schema files; a newer golem was here',
      place: { file: `harness/meal-log/schema/${name}` },
      next: file ? `git log -p -- harness/meal-log/schema/${name}` : 'npm install golem@latest',
    });
  }
}
