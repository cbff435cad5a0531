/**
 * The traffic of the suites that must fail: healthy, small, and shaped so that one named defect of a write path
 * shows as one finding and no other. What breaks is the path; only the suites about recordings at fault have one.
 */
import type { RecordedWrite } from '../../../harness/recording/format.ts';
import type { PlannedStep } from '../plan.ts';
import { answer, item, somebody, SuiteScript } from '../script.ts';
import type { Suite } from './suite.ts';

const TOKYO = 540;
const DAYS = ['2025-09-01', '2025-09-02'] as const;

/** Two people, two days, three plain meals a day. */
function plain(seed: string): readonly PlannedStep[] {
  const script = new SuiteScript(seed);
  const ja = somebody('u-ren', 'ja', TOKYO);
  const en = somebody('u-mia', 'en', TOKYO);
  for (const day of DAYS) {
    script.log(ja, `${day}T07:20`, '朝ごはん：ご飯、納豆、豚汁', breakfastJa());
    script.log(en, `${day}T08:10`, 'breakfast: toast and egg', breakfastEn());
    script.log(ja, `${day}T12:15`, '昼ごはん：鮭とご飯、ほうれん草', lunchJa());
    script.log(en, `${day}T12:50`, 'lunch: chicken breast, rice and broccoli', lunchEn());
    script.log(ja, `${day}T19:05`, '夕ごはん：豚ロース、ご飯、キャベツ', dinnerJa());
    script.log(en, `${day}T19:40`, 'dinner: salmon with potato', dinnerEn());
  }
  return script.steps;
}

const breakfastJa = () =>
  answer('納豆ご飯', [item('ja', 'ご飯', 150), item('ja', '納豆', 40), item('ja', '豚汁', 180)]);
const breakfastEn = () =>
  answer('toast and egg', [item('en', '食パン', 60), item('en', '卵', 50), item('en', 'バター', 8)]);
const lunchJa = () =>
  answer('焼き鮭定食', [item('ja', '鮭', 80), item('ja', 'ご飯', 180), item('ja', 'ほうれん草', 60)]);
const lunchEn = () =>
  answer('chicken with rice', [
    item('en', '鶏むね肉', 110),
    item('en', 'ご飯', 150),
    item('en', 'ブロッコリー', 80),
  ]);
const dinnerJa = () =>
  answer('豚の生姜焼き', [item('ja', '豚ロース', 100), item('ja', 'ご飯', 180), item('ja', 'キャベツ', 80)]);
const dinnerEn = () =>
  answer('salmon with potato', [
    item('en', '鮭', 100),
    item('en', 'じゃがいも', 200),
    item('en', 'バター', 10),
  ]);

/** One person who nibbles all day: many small records, each harmless, whose differences add up. */
function nibbles(): readonly PlannedStep[] {
  const script = new SuiteScript('day-sum');
  const person = somebody('u-nibbles', 'ja', TOKYO);
  const bites = [
    ['ご飯', 100],
    ['バナナ', 100],
    ['食パン', 60],
    ['ヨーグルト', 150],
    ['うどん', 150],
    ['りんご', 180],
    ['じゃがいも', 150],
    ['牛乳', 200],
  ] as const;
  for (const day of DAYS) {
    bites.forEach(([name, grams], at) => {
      const hour = String(7 + at * 2).padStart(2, '0');
      script.log(
        person,
        `${day}T${hour}:30`,
        `${name}を少し食べた ${at + 1}回目`,
        answer(name, [item('ja', name, grams)]),
      );
    });
  }
  return script.steps;
}

/** Two people with light meals: a macro can be 15% off and yet under its limit in grams, by record and by day. */
function lightMeals(): readonly PlannedStep[] {
  const script = new SuiteScript('macro-ratio');
  const ja = somebody('u-light-ja', 'ja', TOKYO);
  const en = somebody('u-light-en', 'en', TOKYO);
  for (const day of DAYS) {
    script.log(
      ja,
      `${day}T07:30`,
      '朝：ご飯と豚汁',
      answer('ご飯と豚汁', [item('ja', 'ご飯', 150), item('ja', '豚汁', 180)]),
    );
    script.log(
      en,
      `${day}T09:00`,
      'banana and milk',
      answer('banana and milk', [item('en', 'バナナ', 100), item('en', '牛乳', 150)]),
    );
    script.log(
      ja,
      `${day}T15:00`,
      'りんごとヨーグルト',
      answer('りんごとヨーグルト', [item('ja', 'りんご', 150), item('ja', 'ヨーグルト', 120)]),
    );
    script.log(
      en,
      `${day}T16:00`,
      'toast with butter',
      answer('toast', [item('en', '食パン', 60), item('en', 'バター', 8)]),
    );
  }
  return script.steps;
}

/** Meals whose words speak of a skipped one while naming what was eaten. */
function almostSkipped(): readonly PlannedStep[] {
  const script = new SuiteScript('skip-meal');
  const ja = somebody('u-late-ja', 'ja', TOKYO);
  const en = somebody('u-late-en', 'en', TOKYO);
  script.log(ja, '2025-09-01T07:30', 'ご飯と納豆', breakfastJa());
  script.log(en, '2025-09-01T08:30', 'toast and egg', breakfastEn());
  script.log(en, '2025-09-01T13:30', 'almost skipped lunch, then had chicken breast and rice', lunchEn());
  script.log(ja, '2025-09-01T14:00', '昼は抜きのつもりが、鮭とご飯を食べた', lunchJa());
  script.log(ja, '2025-09-02T07:30', 'ご飯と納豆と豚汁', breakfastJa());
  script.log(en, '2025-09-02T19:30', 'salmon and potato', dinnerEn());
  return script.steps;
}

/** Meals that are sent twice, of which a healthy service stores one. */
function impatient(): readonly PlannedStep[] {
  const script = new SuiteScript('duplicate');
  const person = somebody('u-impatient', 'ja', TOKYO);
  for (const day of DAYS) {
    const breakfast = script.log(person, `${day}T07:30`, '朝ごはん：ご飯、納豆、豚汁', breakfastJa());
    script.again(breakfast, person, `${day}T07:30:08`, []);
    script.log(person, `${day}T12:30`, '昼ごはん：鮭とご飯、ほうれん草', lunchJa());
  }
  return script.steps;
}

/** A meal in nine sections, one more than V2 takes. */
function tooManySections(): readonly PlannedStep[] {
  const script = new SuiteScript('refused');
  const person = somebody('u-long-winded', 'ja', TOKYO);
  const sections = Array.from({ length: 9 }, (_, at) => `その${at + 1}：ご飯`).join('\n\n');
  script.log(person, '2025-09-01T07:30', 'ご飯と納豆', breakfastJa());
  script.log(person, '2025-09-01T12:30', sections, lunchJa());
  return script.steps;
}

/** The same words two hours later, under no key but the automatic one: meant as a second helping, and swallowed. */
function secondHelping(): readonly PlannedStep[] {
  const script = new SuiteScript('swallowed');
  const person = somebody('u-second-helping', 'ja', TOKYO);
  const first = script.log(person, '2025-09-01T12:00', 'おにぎり', breakfastJa(), { key: null });
  script.again(first, person, '2025-09-01T14:00', []);
  return script.steps;
}

/** Spoils one person's second record. */
function second(spoil: (record: RecordedWrite) => RecordedWrite): NonNullable<Suite['spoil']> {
  return (record) => (record.user === 'u-ren' && record.id === 'r0002' ? spoil(record) : record);
}

const suite = (name: string, steps: () => readonly PlannedStep[], spoil?: Suite['spoil']): Suite => ({
  name: `must-fail/${name}`,
  tzOffsetMinutes: TOKYO,
  steps,
  ...(spoil && { spoil }),
});

export const mustFail: readonly Suite[] = [
  suite('kcal-up', () => plain('kcal-up')),
  suite('kcal-down', () => plain('kcal-down')),
  suite('day-sum', nibbles),
  suite('macro-ratio', lightMeals),
  suite('skip-meal', almostSkipped),
  suite('lost-write', () => plain('lost-write')),
  suite('duplicate', impatient),
  suite('v2-throws', () => plain('v2-throws')),
  suite('v2-leak', () => plain('v2-leak')),
  suite('unrounded', () => plain('unrounded')),
  suite('p95', () => plain('p95')),
  suite('breach-rate', () => plain('breach-rate')),
  suite('refused', tooManySections),
  suite('swallowed', secondHelping),
  // What the provider was asked is not in the recording.
  suite(
    'skipped',
    () => plain('skipped'),
    second((record) => ({ ...record, upstream: [] })),
  ),
  // The key recorded is not the one that the request has.
  suite(
    'identity-changed',
    () => plain('identity-changed'),
    second((record) => ({ ...record, request_key: [...record.request_key].reverse().join('') })),
  ),
  suite('golden-stale', () => plain('golden-stale')),
  suite('golden-orphaned', () => plain('golden-orphaned')),
];
