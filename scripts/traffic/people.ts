/**
 * The people of the simulated traffic: who they are, where their clock stands, what they write with and when they
 * eat. The eight of the fixtures are written down; more are drawn from a seed.
 */
import type { Slot } from '../../harness/meal-log/v2/draft.ts';
import type { Random } from './random.ts';

export type Language = 'ja' | 'en';

/** A time of day at which a person tends to eat. */
export interface Habit {
  readonly slot: Slot;
  /** Local hour, 0–24, and how many minutes around it. */
  readonly hour: number;
  readonly spreadMinutes: number;
  /** How likely on a given day. */
  readonly chance: number;
}

export interface Person {
  readonly user: string;
  readonly language: Language;
  /** The person's own wall clock, minutes east of UTC; where the local day begins is the recording's matter. */
  readonly offsetMinutes: number;
  readonly userAgent: string;
  readonly acceptLanguage: string;
  readonly habits: readonly Habit[];
}

const DEVICES = {
  iphone: 'MealLog/5.12.0 (iPhone16,2; iOS 18.5)',
  iphoneOld: 'MealLog/5.9.3 (iPhone13,1; iOS 17.6)',
  pixel: 'MealLog/5.12.0 (Pixel 9; Android 15)',
  galaxy: 'MealLog/5.11.1 (SM-S921Q; Android 14)',
  web: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
} as const;

const ACCEPT: Readonly<Record<Language, string>> = {
  ja: 'ja-JP,ja;q=0.9,en;q=0.5',
  en: 'en-US,en;q=0.9',
};

const habit = (slot: Slot, hour: number, spreadMinutes: number, chance: number): Habit => ({
  slot,
  hour,
  spreadMinutes,
  chance,
});

function person(
  user: string,
  language: Language,
  offsetMinutes: number,
  device: keyof typeof DEVICES,
  habits: readonly Habit[],
): Person {
  return {
    user,
    language,
    offsetMinutes,
    userAgent: DEVICES[device],
    acceptLanguage: ACCEPT[language],
    habits,
  };
}

const TOKYO = 540;
const SINGAPORE = 480;
const SYDNEY = 600;

/** The eight people of the everyday and the noisy traffic. */
export const HOUSEHOLD: readonly Person[] = [
  person('u-aoi', 'ja', TOKYO, 'iphone', [
    habit('breakfast', 7, 25, 1),
    habit('lunch', 12.2, 20, 1),
    habit('snack', 15.4, 25, 0.9),
    habit('dinner', 19.2, 40, 1),
  ]),
  person('u-ben', 'en', TOKYO, 'pixel', [
    habit('breakfast', 8, 30, 1),
    habit('lunch', 13, 25, 1),
    habit('snack', 15.6, 20, 0.9),
    habit('dinner', 20, 45, 1),
  ]),
  person('u-chiyo', 'ja', TOKYO, 'iphoneOld', [
    habit('breakfast', 6.2, 15, 1),
    habit('snack', 10, 20, 0.9),
    habit('lunch', 12, 15, 1),
    habit('dinner', 18, 20, 1),
  ]),
  person('u-daisuke', 'ja', TOKYO, 'galaxy', [
    habit('breakfast', 7.5, 30, 1),
    habit('lunch', 12.6, 30, 1),
    habit('dinner', 21, 50, 1),
    habit('other', 23, 25, 0.8),
  ]),
  person('u-emma', 'en', SINGAPORE, 'iphone', [
    habit('breakfast', 7.2, 20, 1),
    habit('lunch', 12.4, 20, 1),
    habit('snack', 15, 20, 0.9),
    habit('dinner', 18.8, 30, 1),
  ]),
  person('u-fumiko', 'ja', TOKYO, 'web', [
    habit('breakfast', 8.5, 30, 1),
    habit('lunch', 13, 30, 1),
    habit('snack', 15.5, 20, 0.9),
    habit('dinner', 19.5, 30, 1),
  ]),
  person('u-george', 'en', SYDNEY, 'web', [
    habit('breakfast', 7, 15, 1),
    habit('lunch', 12.5, 20, 1),
    habit('snack', 16, 20, 0.9),
    habit('dinner', 19, 30, 1),
  ]),
  person('u-haruto', 'ja', TOKYO, 'pixel', [
    habit('breakfast', 7.8, 20, 1),
    habit('lunch', 12.1, 15, 1),
    habit('snack', 16, 30, 0.9),
    habit('dinner', 20.5, 40, 1),
  ]),
];

/** Draws one of many people; number and stream decide everything about them. */
export function drawPerson(number: number, random: Random): Person {
  const language: Language = random.chance(0.7) ? 'ja' : 'en';
  const offset = language === 'ja' ? TOKYO : random.pick([TOKYO, SINGAPORE, SYDNEY]);
  const early = random.between(-1, 1);
  const device = random.pick(Object.keys(DEVICES) as (keyof typeof DEVICES)[]);
  return person(`u-${String(number).padStart(7, '0')}`, language, offset, device, [
    habit('breakfast', 7.5 + early, 25, random.between(0.6, 1)),
    habit('lunch', 12.5 + early / 2, 25, random.between(0.8, 1)),
    habit('snack', 15.5 + early / 4, 20, random.between(0.1, 0.8)),
    habit('dinner', 19.5 + early, 45, random.between(0.8, 1)),
  ]);
}
