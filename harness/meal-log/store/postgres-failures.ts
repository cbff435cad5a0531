/**
 * What is wrong with a PostgreSQL that does not answer as it should, in words and with the next command to type.
 * A file of its own because passwords must be kept out of it, and a test looks at exactly that.
 */
import { type Failure, GolemError } from '../../errors.ts';

interface Cause {
  readonly reason: string;
  readonly next: 'is-ready' | 'list-databases' | 'connect';
}

const BY_CODE: Readonly<Record<string, Cause>> = {
  ECONNREFUSED: { reason: 'nothing listens there', next: 'is-ready' },
  ENOTFOUND: { reason: 'its host name is not known', next: 'is-ready' },
  EAI_AGAIN: { reason: 'its host name cannot be looked up', next: 'is-ready' },
  ENOENT: { reason: 'there is no such socket', next: 'is-ready' },
  EHOSTUNREACH: { reason: 'its host cannot be reached', next: 'is-ready' },
  ENETUNREACH: { reason: 'its network cannot be reached', next: 'is-ready' },
  ETIMEDOUT: { reason: 'it did not answer in time', next: 'is-ready' },
  ECONNRESET: { reason: 'the connection was lost', next: 'is-ready' },
  EPIPE: { reason: 'the connection was lost', next: 'is-ready' },
  '28P01': { reason: 'it refused the user or the password', next: 'connect' },
  '28000': { reason: 'it refused the user', next: 'connect' },
  '3D000': { reason: 'there is no such database', next: 'list-databases' },
  '3F000': { reason: 'its schema is gone', next: 'connect' },
  '42P01': { reason: 'its tables are gone; the schema was dropped or changed meanwhile', next: 'connect' },
  '42703': { reason: 'its tables have other columns than golem made', next: 'connect' },
  '42501': { reason: 'the user may not do that there; golem needs CREATE on the database', next: 'connect' },
  '53300': { reason: 'it has no connection left to give', next: 'connect' },
  '57P01': { reason: 'it was shut down meanwhile', next: 'is-ready' },
  '57P02': { reason: 'it crashed meanwhile', next: 'is-ready' },
  '57P03': { reason: 'it is starting up or shutting down', next: 'is-ready' },
};

/** Where the database is, without user, password and parameters. */
export interface DatabasePlace {
  readonly url: string;
  readonly host: string;
  readonly port: string;
  readonly database: string;
}

/** Reads a connection URL for messages. Throws a usage error, which does not repeat the text, when it is none. */
export function displayUrl(text: string): DatabasePlace {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw notAUrl();
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw notAUrl();
  const host = url.searchParams.get('host') ?? (url.hostname || 'localhost');
  const port = url.port || (url.searchParams.get('port') ?? '5432');
  const database = url.pathname.slice(1) || 'postgres';
  return { url: `postgres://${host}:${port}/${database}`, host, port, database };
}

function notAUrl(): GolemError {
  return new GolemError({
    kind: 'usage',
    verb: 'open',
    subject: 'postgres store',
    reason: 'the store is not a URL such as postgres://user@localhost:5432/database',
    next: 'golem replay --help',
  });
}

/** Wraps whatever a driver threw as a failure of kind `unavailable`; a GolemError passes through. */
export function databaseFailure(error: unknown, place: DatabasePlace): GolemError {
  if (error instanceof GolemError) return error;
  const known = BY_CODE[codeOf(error)];
  const failure: Failure = {
    kind: 'unavailable',
    verb: 'use',
    subject: place.url,
    reason: known ? known.reason : wordsOf(error),
    next: nextCommand(known?.next ?? 'is-ready', place),
  };
  return new GolemError(failure, { cause: error });
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return '';
}

function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  if (/timeout/i.test(words)) return 'it did not answer in time';
  if (/terminated|not queryable/i.test(words)) return 'the connection was lost';
  return words.replace(/\.$/, '') || 'it failed without a word';
}

function nextCommand(next: Cause['next'], { host, port, database }: DatabasePlace): string {
  switch (next) {
    case 'is-ready':
      return `pg_isready -h ${host} -p ${port}`;
    case 'list-databases':
      return `psql -h ${host} -p ${port} -l`;
    case 'connect':
      return `psql -h ${host} -p ${port} ${database}`;
  }
}
