/** What is wrong with the database that a fleet meets in, without its password. */
import { GolemError } from '../../errors.ts';
import { codeOf, reachOf, remedyFor } from '../../postgres-remedies.ts';

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

/** Wraps whatever the driver threw, with what to do about it. */
export function fleetFailure(error: unknown, url: string): GolemError {
  const reach = reachOf(new URL(URL.canParse(url) ? url : 'postgres://localhost'));
  return new GolemError(
    {
      kind: 'unavailable',
      verb: 'meet the fleet in',
      subject: shownDatabase(url),
      ...remedyFor(error, reach),
    },
    { cause: error },
  );
}

/** True for a failure that may pass: the database is restarting, or the way to it is broken for a moment. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof GolemError) || error.failure.kind !== 'unavailable') return false;
  const { cause } = error;
  if (cause instanceof Error && /client password must be/.test(cause.message)) return false;
  return !['28P01', '28000', '3D000', '42501'].includes(codeOf(cause));
}
