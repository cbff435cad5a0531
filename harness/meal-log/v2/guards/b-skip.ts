/** Guard b: a message that says a meal was left out is an event of its own, not a meal of nothing. */
import type { Change } from '../../../migration.ts';
import { findInText } from '../../dictionary/dictionary.ts';
import { type Draft, type Stage, warn } from '../draft.ts';

const SKIP =
  /\b(?:skip(?:ped|ping)?|missed|no)\s+(?:my\s+|the\s+)?(?:breakfast|lunch|dinner|supper|meal|snack)\b|\bdid(?:n'?t| not) (?:eat|have) (?:any\s+|my\s+)?(?:breakfast|lunch|dinner|supper|anything)\b|(?:朝食|昼食|夕食|朝ご飯|昼ご飯|晩ご飯|夕飯|朝ごはん|昼ごはん|晩ごはん|夕ごはん|朝|昼|夜|晩|ランチ)(?:は|を)?(?:抜き|抜いた|抜いて|抜く|食べなかった|食べてない|食べていない|なし|スキップ)|欠食/i;

/** True when the words say that a meal was skipped and name nothing that was eaten. */
export function saysSkipped(message: string): boolean {
  return SKIP.test(message) && findInText(message).length === 0;
}

/** Turns the record into a skip: totals null, no items. */
export const skip: Stage = {
  name: 'b skip',
  run(draft: Draft, changes: Change[]): void {
    if (!saysSkipped(draft.message)) return;
    changes.push({ code: 'skip_detected', subject: 'event', from: 'meal', to: 'skip' });
    draft.event = 'skip';
    draft.items = [];
    warn(draft, 'skip_detected');
  },
};
