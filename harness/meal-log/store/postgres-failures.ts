/**
 * What is wrong with a PostgreSQL that does not answer as it should, in words and with the next command to type.
 * A file of its own because passwords must be kept out of it, and a test looks at exactly that.
 */
import { type Failure, GolemError } from '../../errors.ts';
import { type Reach, reachOf, remedyFor } from '../../postgres-remedies.ts';

/** Where the database is; `url` is without user, password and parameters. */
export interface DatabasePlace extends Reach {
  readonly url: string;
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
  const reach = reachOf(url);
  return { url: `postgres://${reach.host}:${reach.port}/${reach.database}`, ...reach };
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
  const failure: Failure = {
    kind: 'unavailable',
    verb: 'use',
    subject: place.url,
    ...remedyFor(error, place),
  };
  return new GolemError(failure, { cause: error });
}
