/** What is wrong with the database that a fleet meets in, without its password. */
import { GolemError } from '../../errors.ts';

/** Host and database of a connection URL, as messages may carry them. */
export function shownDatabase(url: string): string {
  if (!URL.canParse(url)) return 'the database';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host || 'localhost'}${pathname}`;
}

/** A connection URL as a command may carry it: whole but for its password, which PGPASSWORD or a password file holds. */
export function typableDatabase(url: string): string {
  if (!URL.canParse(url)) return 'postgres://user@host/database';
  const typable = new URL(url);
  typable.password = '';
  typable.searchParams.delete('password');
  return typable.href;
}

export function fleetFailure(error: unknown, url: string): GolemError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words = error instanceof Error ? error.message : String(error);
  const reason =
    code === 'ECONNREFUSED'
      ? 'nothing listens there'
      : code === '28P01' || code === '28000'
        ? 'it refused the user or the password'
        : code === '3D000'
          ? 'there is no such database'
          : code === '42501'
            ? 'the user may not create schemas there'
            : words.replace(/\.$/, '') || 'it failed without a word';
  const { hostname, port } = URL.canParse(url) ? new URL(url) : { hostname: 'localhost', port: '' };
  return new GolemError(
    {
      kind: 'unavailable',
      verb: 'meet the fleet in',
      subject: shownDatabase(url),
      reason,
      next: `pg_isready -h ${hostname || 'localhost'} -p ${port || '5432'}`,
    },
    { cause: error },
  );
}

/** True for a failure that may pass: the database is restarting, or the way to it is broken for a moment. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof GolemError) || error.failure.kind !== 'unavailable') return false;
  const cause = error.cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return !['28P01', '28000', '3D000', '42501'].includes(code);
}
