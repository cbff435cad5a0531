/**
 * Which slot of the day a meal belongs to: what the user's words say, else the local time. Shared by normalising
 * and by guard b, whose skips name a slot too.
 */
import type { Slot } from './draft.ts';

const WORDS: readonly (readonly [Slot, RegExp])[] = [
  ['breakfast', /breakfast|朝食|朝ご?はん|朝ごはん|朝飯|朝めし|モーニング/],
  ['lunch', /lunch|昼食|昼ご?はん|昼ごはん|昼飯|ランチ/],
  ['dinner', /dinner|supper|夕食|夕飯|夕ご?はん|晩ご?はん|晩飯|夜ご?はん|夜食事/],
  ['snack', /snack|おやつ|間食|夜食|軽食/],
];

/** Any word that names a slot: the cheap question asked before the four dearer ones. */
const ANY_WORD =
  /breakfast|lunch|dinner|supper|snack|朝食|朝ご|朝は|朝飯|朝め|モーニ|昼|ランチ|夕|晩|夜|おやつ|間食|軽食/;

/** The slot that a lower-cased message names, or undefined. */
export function slotFromWords(message: string): Slot | undefined {
  if (!ANY_WORD.test(message)) return undefined;
  for (const [slot, words] of WORDS) if (words.test(message)) return slot;
  return undefined;
}

/** The slot of a local hour (0–23): 4–10 breakfast, 11–14 lunch, 15–16 snack, 17–21 dinner, else other. */
export function slotFromHour(hour: number): Slot {
  if (hour >= 4 && hour <= 10) return 'breakfast';
  if (hour >= 11 && hour <= 14) return 'lunch';
  if (hour === 15 || hour === 16) return 'snack';
  if (hour >= 17 && hour <= 21) return 'dinner';
  return 'other';
}
