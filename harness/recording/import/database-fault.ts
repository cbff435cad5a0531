/**
 * What is wrong with a database that cannot be read from, in words and with the next command to type. A file of its
 * own because no message may carry the URL's user, password or parameters, and a test looks at exactly that.
 */
import { type Failure, GolemError } from '../../errors.ts';

/** Where the database is, without user, password and parameters. */
export interface DatabasePlace {
  readonly shown: string;
  readonly host: string;
  readonly port: string;
  readonly database: string;
}

/** Reads a connection URL for messages. Throws a usage error, which does not repeat the text, when it is none. */
export function databasePlace(text: string): DatabasePlace {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:')) {
    throw new GolemError({
      kind: 'usage',
      verb: 'import from',
      subject: 'database',
      reason: 'expected a URL such as postgres://user@localhost:5432/database',
      next: 'golem import postgres --help',
    });
  }
  const host = url.searchParams.get('host') ?? (url.hostname || 'localhost');
  const port = url.port || (url.searchParams.get('port') ?? '5432');
  const database = decodeURIComponent(url.pathname.slice(1)) || 'postgres';
  return { shown: `postgres://${host}:${port}/${database}`, host, port, database };
}

/** A command that looks at the database, `what` being one of psql's own. */
export function psql(place: DatabasePlace, what: string): string {
  return `psql -h ${place.host} -p ${place.port} ${place.database} -c '${what}'`;
}

type Cause = Pick<Failure, 'kind' | 'reason'> & { readonly next: 'is-ready' | 'list' | 'look' };

const DOWN = (reason: string): Cause => ({ kind: 'unavailable', reason, next: 'is-ready' });
const LOST = DOWN('the connection was lost');

/** Causes by SQLSTATE or by the system's code. */
const BY_CODE: Readonly<Record<string, Cause>> = {
  ECONNREFUSED: DOWN('nothing listens there'),
  ENOTFOUND: DOWN('its host name is not known'),
  EAI_AGAIN: DOWN('its host name cannot be looked up'),
  ENOENT: DOWN('there is no such socket'),
  EHOSTUNREACH: DOWN('its host cannot be reached'),
  ENETUNREACH: DOWN('its network cannot be reached'),
  ETIMEDOUT: DOWN('it did not answer in time'),
  ECONNRESET: LOST,
  EPIPE: LOST,
  '08006': LOST,
  '28P01': { kind: 'unavailable', reason: 'it refused the user or the password', next: 'look' },
  '28000': { kind: 'unavailable', reason: 'it refused the user', next: 'look' },
  '3D000': { kind: 'unavailable', reason: 'there is no such database', next: 'list' },
  '42501': { kind: 'unavailable', reason: 'the user may not read its tables', next: 'look' },
  '42P01': { kind: 'data', reason: 'a table it should have is gone', next: 'look' },
  '53300': DOWN('it has no connection left to give'),
  '57014': DOWN('it cancelled the query, as a statement timeout does'),
  '25P03': DOWN('it ended the transaction, as an idle timeout does'),
  '57P01': DOWN('the connection was lost: the server or an administrator ended it'),
  '57P02': DOWN('it crashed meanwhile'),
  '57P03': DOWN('it is starting up or shutting down'),
};

/** Whatever a driver threw as a failure that names the database; golem's own errors pass through. */
export function databaseFault(error: unknown, place: DatabasePlace, after = ''): GolemError {
  if (error instanceof GolemError) return error;
  const cause = causeOf(error);
  const next = {
    'is-ready': `pg_isready -h ${place.host} -p ${place.port}`,
    list: `psql -h ${place.host} -p ${place.port} -l`,
    look: psql(place, '\\dp'),
  }[cause.next];
  return new GolemError(
    { kind: cause.kind, verb: 'import from', subject: place.shown, reason: `${cause.reason}${after}`, next },
    { cause: error },
  );
}

function causeOf(error: unknown): Cause {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = BY_CODE[code];
  if (known) return known;
  const words = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
  // Class 42 is the query's: the tables are there and are not those of the migration.
  if (/^42...$/.test(code))
    return { kind: 'data', reason: `its tables are other ones: ${words}`, next: 'look' };
  if (/timeout/i.test(words)) return DOWN('it did not answer in time');
  if (/terminated|not queryable|closed/i.test(words)) return LOST;
  return DOWN(words || 'it failed without a word');
}
