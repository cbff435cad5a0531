/**
 * Says why a flag cannot be set as someone wrote it. A file of its own because the config and the command line refuse
 * flags alike, and the command line must not load the config's whole schema to show its help.
 */
import type { Migration } from '../migration.ts';
import { didYouMean } from './nearest.ts';

/** Why a flag cannot be set so, or null. */
export function flagFault(migration: Migration, name: string, chosen: string): string | null {
  const known = Object.keys(migration.flags);
  if (known.includes(name)) return migration.checkFlag(name, chosen);
  return `no flag "${name}" is known${didYouMean(name, known)}; known are ${known.join(', ')}`;
}
