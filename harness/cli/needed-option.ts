/**
 * Asks for an option that a command cannot do without. Commander can do so itself, but does it before it looks at
 * unknown options, so that a mistyped `--resaon` would be answered with "missing" instead of a suggestion.
 */
import { GolemError } from '../errors.ts';

/** Returns the option's value, or throws a usage error that names it. */
export function needed(value: string | undefined, option: string, command: string): string {
  if (value !== undefined) return value;
  throw new GolemError({
    kind: 'usage',
    verb: 'run',
    subject: command,
    reason: `it needs the option ${option}`,
    next: `${command} --help`,
  });
}
