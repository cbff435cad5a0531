/**
 * What someone wants to see shrunk. A type of its own because the command reads it and selecting obeys it.
 */
import { caseKey } from '../../golden/case-key.ts';
import type { Hit } from './signature.ts';

/** What someone wants to see shrunk. */
export type Wanted =
  | {
      readonly kind: 'breach';
      readonly field: string;
      readonly level: Hit['level'] | null;
      readonly cause: string | null;
    }
  | { readonly kind: 'case'; readonly user: string; readonly date: string }
  | { readonly kind: 'alert'; readonly ruleset: string | null; readonly alert: string };

/** A case as it was typed, `user/date` with or without its suite, as the user's folder and the date. */
export function parseCase(text: string): Extract<Wanted, { kind: 'case' }> | null {
  const [user, date] = text.split('/').slice(-2);
  if (!user || !date || !/^\d{4}-\d\d-\d\d$/.test(date)) return null;
  return { kind: 'case', user: caseKey(user, date).split('/')[0]!, date };
}
