/** Reads `--distributed` as a person types it: the replay and its workers take it alike. */
import { GolemError } from '../errors.ts';

/** A PostgreSQL URL; anything else is a usage error that does not repeat a password. */
export function parseFleetUrl(text: string): string {
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new GolemError({
    kind: 'usage',
    verb: 'meet the fleet in',
    subject: text.replace(/:\/\/.*@/, '://***@'),
    reason: 'expected postgres://user@host/database',
    next: 'golem worker --help',
  });
}
