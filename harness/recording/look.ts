/**
 * The command that shows a reader the place a data error names. Its own file because reading and its errors need it
 * for plain and compressed recordings alike, and a command in a message must work when pasted into a shell.
 */
import type { Compression } from './source.ts';

/** Quotes a file name for a POSIX shell, unless it needs no quotes. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const UNPACK = { gzip: 'gzip -dc', zstd: 'zstd -dc' } as const;

/** A command that prints one line of a recording, shortened to what a screen holds. */
export function showLine(file: string, compression: Compression, line: number): string {
  const quoted = shellQuote(file);
  return compression === 'none'
    ? `sed -n ${line}p ${quoted} | cut -c1-2000`
    : `${UNPACK[compression]} ${quoted} | sed -n ${line}p | cut -c1-2000`;
}

/** A command that tests whether a compressed recording is whole. */
export function testCompressed(file: string, compression: 'gzip' | 'zstd'): string {
  return `${compression} -t ${shellQuote(file)}`;
}
