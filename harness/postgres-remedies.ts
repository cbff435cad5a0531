/**
 * What a PostgreSQL that fails says, in plain words with the command that leads on. A file of its own because stores and
 * fleets meet the same failures, and because pg_isready helps only where nothing answers: a missing database, password
 * or right each has a cure of its own.
 */
import { shellQuote } from './recording/look.ts';

/** Whom a connection reaches for. Never with a password. */
export interface Reach {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  /** Empty where the URL names none. */
  readonly user: string;
}

export interface Remedy {
  readonly reason: string;
  /** A command to type. */
  readonly next: string;
}

type Cure = 'is-ready' | 'look-up' | 'create' | 'password' | 'grant' | 'connect';

const BY_CODE: Readonly<Record<string, readonly [reason: string, cure: Cure]>> = {
  ECONNREFUSED: ['nothing listens there', 'is-ready'],
  ENOTFOUND: ['no machine is known by the name of its host', 'look-up'],
  EAI_AGAIN: ['its host name cannot be looked up', 'look-up'],
  ENOENT: ['there is no such socket', 'is-ready'],
  EHOSTUNREACH: ['its host cannot be reached', 'is-ready'],
  ENETUNREACH: ['its network cannot be reached', 'is-ready'],
  ETIMEDOUT: ['it did not answer in time', 'is-ready'],
  ECONNRESET: ['the connection was lost', 'is-ready'],
  EPIPE: ['the connection was lost', 'is-ready'],
  '28P01': ['it refused the user or the password; PGPASSWORD or ~/.pgpass may hold another', 'password'],
  '28000': ['it refused the user', 'connect'],
  '3D000': ['there is no such database', 'create'],
  '3F000': ['its schema is gone', 'connect'],
  '42P01': ['its tables are gone; the schema was dropped or changed meanwhile', 'connect'],
  '42703': ['its tables have other columns than golem made', 'connect'],
  '42501': ['the user may not create schemas there; the owner of the database may grant it', 'grant'],
  '53300': ['it has no connection left to give', 'connect'],
  '57P01': ['it was shut down meanwhile', 'is-ready'],
  '57P02': ['it crashed meanwhile', 'is-ready'],
  '57P03': ['it is starting up or shutting down', 'is-ready'],
};

/** Reads whom a connection URL reaches for; what it does not say is what PostgreSQL takes for it. */
export function reachOf(url: URL): Reach {
  const { searchParams, hostname, port, pathname, username } = url;
  const user = decodeURIComponent(username);
  return {
    host: searchParams.get('host') ?? (hostname || 'localhost'),
    port: port || (searchParams.get('port') ?? '5432'),
    database: decodeURIComponent(pathname.slice(1)) || user || 'postgres',
    user,
  };
}

/** Words and the next command for whatever a driver threw. */
export function remedyFor(error: unknown, reach: Reach): Remedy {
  const words = error instanceof Error ? error.message : String(error);
  // The driver's own words for a server that asks for a password where none is to be found.
  if (/client password must be/.test(words))
    return {
      reason: 'it asks for a password; PGPASSWORD or ~/.pgpass may hold it',
      next: commandOf('password', reach),
    };
  const [reason, cure] = BY_CODE[codeOf(error)] ?? unnamed(words);
  return { reason, next: commandOf(cure, reach) };
}

/** The code of a server's or a system's failure; empty where it has none. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return '';
}

function unnamed(words: string): readonly [string, Cure] {
  if (/timeout/i.test(words)) return ['it did not answer in time', 'is-ready'];
  if (/terminated|not queryable/i.test(words)) return ['the connection was lost', 'is-ready'];
  return [words.replace(/\.$/, '') || 'it failed without a word', 'connect'];
}

function commandOf(cure: Cure, { host, port, database, user }: Reach): string {
  const at = `-h ${shellQuote(host)} -p ${port}`;
  const who = user === '' ? at : `${at} -U ${shellQuote(user)}`;
  const psql = `psql ${who} -d ${shellQuote(database)}`;
  switch (cure) {
    case 'is-ready':
      return `pg_isready ${at}`;
    case 'look-up':
      return `nslookup ${shellQuote(host)}`;
    case 'create':
      return `createdb ${who} ${shellQuote(database)}`;
    case 'password':
      return `PGPASSWORD='<the password>' ${psql}`;
    case 'grant': {
      const grant = `grant create on database ${identifier(database)} to ${user === '' ? 'current_user' : identifier(user)}`;
      return `psql ${at} -d ${shellQuote(database)} -U OWNER -c ${shellQuote(grant)}`;
    }
    case 'connect':
      return psql;
  }
}

/** As SQL takes it for one name. */
function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
