/**
 * Where a command listens: reading the address from the command line, and saying why it cannot be had. Apart from the
 * commands because each that listens reads and fails alike.
 */
import { GolemError } from '../errors.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, `[address]:port`, `:port` or a port alone, which listen on this machine only. */
export function parseListen(text: string): ListenAddress {
  const [, bracketed, plain, digits = ''] =
    /^(?:\[([\da-f:.]+)\]:|([^:[\]\s]*):)?(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) {
    const reason = 'expected HOST:PORT with a port from 0 to 65535';
    throw new GolemError({ kind: 'usage', verb: 'listen on', subject: text, reason });
  }
  return { host: bracketed || plain || '127.0.0.1', port };
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'permission denied',
  ENOTFOUND: 'there is no such host',
};

/** The error for an address that cannot be listened on; anything else passes through unchanged. */
export function listenError(error: unknown, listen: string): unknown {
  const reason = REASONS[(error as NodeJS.ErrnoException | null)?.code ?? ''];
  if (reason === undefined) return error;
  return new GolemError(
    { kind: 'unavailable', verb: 'listen on', subject: listen, reason },
    { cause: error },
  );
}
