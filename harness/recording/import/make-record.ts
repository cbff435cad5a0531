/**
 * Makes recorded writes of rows that are understood: rows of one user and time become one group, and the migration's
 * importer makes its request and upstream answers. Apart from files and reports, because here it is decided what
 * counts as one write and under which key it is remembered.
 */
import { createHash } from 'node:crypto';
import type { ImportGroup, Migration } from '../../migration.ts';
import type { RecordedWrite } from '../format.ts';
import type { ReadRow, RefusedRow } from './row-reading.ts';

/** Longest file name that is part of a key as it is; services cut keys that are longer than 255 characters. */
const LONGEST_STEM = 200;

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Groups the rows of one file by user and time: a row at most `gapMinutes` after the first of its user's group
 * belongs to it. Rows are ordered by time; those of one moment keep the order of the file.
 */
export function groupRows(rows: readonly ReadRow[], gapMinutes: number): ReadRow[][] {
  const inOrder = [...rows].sort((a, b) => a.atMs - b.atMs || a.line - b.line);
  const open = new Map<string, ReadRow[]>();
  const groups: ReadRow[][] = [];
  for (const row of inOrder) {
    const group = open.get(row.user);
    if (group !== undefined && row.atMs - group[0]!.atMs <= gapMinutes * 60_000) {
      group.push(row);
    } else {
      const fresh = [row];
      open.set(row.user, fresh);
      groups.push(fresh);
    }
  }
  return groups;
}

/** A record and the moment of its `at`. */
export interface Made {
  readonly record: RecordedWrite;
  readonly atMs: number;
}

/** What became of one group; `made` is null when none of its rows was taken. */
export interface Taken {
  readonly made: Made | null;
  readonly taken: number;
  readonly refused: readonly RefusedRow[];
}

/** Hands one group to the importer and holds it to its word: each row taken once or refused once. */
export function takeGroup(
  rows: readonly ReadRow[],
  stem: string,
  migration: Pick<Migration, 'importer' | 'rolloutBucket'>,
): Taken {
  const { user, atMs } = rows[0]!;
  const name = `${stem.length > LONGEST_STEM ? sha256(stem) : stem}:${rows[0]!.line}`;
  const group: ImportGroup = {
    user,
    atMs,
    requestKey: `import:${name}`,
    rows: rows.map(({ line, values }) => ({ line, values })),
  };
  const built = migration.importer.build(group);
  const named = new Set(built.refused.map(({ line }) => line));
  if (built.write === null) {
    // A reason given once for the group stands for each of its rows.
    const rest = group.rows.filter(({ line }) => !named.has(line));
    const reason = built.refused[0]?.reason ?? 'not taken: the importer gave no reason';
    const refused = [...built.refused, ...rest.map(({ line }) => ({ line, reason }))];
    return { made: null, taken: 0, refused };
  }
  if (built.write.rows + named.size !== group.rows.length || named.size !== built.refused.length) {
    throw new Error(
      `the importer took ${built.write.rows} and refused ${built.refused.length} of ${group.rows.length} rows from line ${rows[0]!.line} of ${stem}`,
    );
  }
  const record: RecordedWrite = {
    id: name,
    at: new Date(atMs).toISOString(),
    user,
    request_key: sha256(built.write.requestKey),
    rollout_bucket: migration.rolloutBucket(user),
    request: built.write.request,
    upstream: built.write.upstream.map(({ request, response, latencyMs }) => ({
      request: { method: request.method, url: request.url, body_sha256: sha256(request.body) },
      response: response === null ? null : { status: response.status, body: response.body },
      latency_ms: latencyMs,
    })),
    response: null,
  };
  return { made: { record, atMs }, taken: built.write.rows, refused: built.refused };
}
