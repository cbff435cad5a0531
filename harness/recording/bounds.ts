/**
 * How large a recording's parts may be. Every bound stands here with its reason, because the reader refuses what
 * lies beyond them and the writer's users need to know them: a recording is a file from outside, and one line of it
 * must never decide how much memory or stack golem spends.
 */

/** Bytes read from the disk at a time: large enough that calls cost nothing, small enough that memory stays flat. */
export const PIECE_BYTES = 1024 * 1024;

/**
 * Records handed on at a time. One asynchronous step for each 64 costs nothing that can be measured; larger batches
 * outlive the young generation, and 256 took a fifth more memory and a twentieth more time.
 */
export const BATCH_RECORDS = 64;

/** Longest line in bytes. A recorded write is 1–2 KB; a long chat message with a large answer stays under 100 KB. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** Deepest nesting of objects and arrays in a line; later stages walk values recursively and must not run out of stack. */
export const MAX_DEPTH = 64;

/** Most files sent with one request; the service itself refuses more than a handful. */
export const MAX_FILES = 64;

/** Most headers of one request; HTTP servers stop at 100 to 200. */
export const MAX_HEADERS = 256;

/** Most upstream calls of one write: a call with its retries, several times over. */
export const MAX_UPSTREAM_CALLS = 64;

/** Longest id, user, key or header name in characters; they become keys of maps and parts of file names. */
export const MAX_NAME_CHARACTERS = 512;

/** Bad lines kept with line number and reason under `--on-bad-line skip`; the rest are only counted. */
export const MAX_BAD_LINES_KEPT = 100;
