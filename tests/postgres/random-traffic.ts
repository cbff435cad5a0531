/**
 * Random traffic for a store of the meal log, and what a store answers to it. The same steps are played to every
 * store, and answers, rows and counts must come out equal.
 */
import fc from 'fast-check';
import {
  type Json,
  type LiveTransaction,
  type MealLogStore,
  type NewMealLog,
  type ShadowTransaction,
  StoreRefusal,
  type Totals,
} from '../../harness/meal-log/store/contract.ts';

/** Where a step's own code throws, so that a rollback is seen after each statement. */
type Failure = 'none' | 'first' | 'second' | 'third';

interface WriteStep {
  readonly kind: 'write';
  readonly user: string;
  readonly key: string;
  readonly at: string;
  /** Without looking for the key first, so that a repeat meets the unique constraint. */
  readonly blind: boolean;
  readonly notBefore: string;
  /** Takes the id of an earlier log, when there is one. */
  readonly reuse: number | null;
  readonly totals: Totals;
  readonly food: string;
  readonly slot: string | null;
  readonly raw: Json;
  readonly failure: Failure;
}

interface DeleteStep {
  readonly kind: 'delete';
  readonly user: string;
  readonly of: number;
}

interface ShadowStep {
  readonly kind: 'shadow';
  readonly of: number;
  readonly phase: string;
  readonly date: string;
  readonly skip: boolean;
  readonly merge: boolean;
  readonly totals: Totals;
  readonly legacy: Totals;
  readonly diff: readonly [number, number, number, number];
  readonly ratio: number | null;
  readonly raw: Json;
  readonly failure: Failure;
  /** Goes on after a refusal as if it had not happened, as a careless service would. */
  readonly swallow: boolean;
}

export type Step = WriteStep | DeleteStep | ShadowStep;

const UNUSUAL_TEXTS = [
  '',
  'ご飯と味噌汁',
  '🍚🥢',
  'e\u0301\u200d',
  '\\u0000',
  '\\\\u0000\\',
  `'; drop table meal_logs; --`,
  '$1 {"a":1}',
  'İstanbul ß',
];

/** What no text column takes as it is: a NUL, and halves of surrogate pairs. */
const BROKEN_TEXTS = ['a\0b', '\ud800', 'x\udc00y'];

const text = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 4, arbitrary: fc.constantFrom(...UNUSUAL_TEXTS) },
  { weight: 1, arbitrary: fc.constantFrom(...BROKEN_TEXTS) },
);

const user = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('ann', 'ann', 'b\u00e9a', '千') },
  { weight: 1, arbitrary: fc.constantFrom('c\ud83d', 'd\0') },
);

const oneDecimal = fc.integer({ min: 0, max: 9_999 }).map((tenths) => tenths / 10);
const tie = fc.integer({ min: -400_000, max: 400_000 }).map((k) => Number(`${k}.${k % 2 ? '005' : '125'}`));
const extreme = fc.constantFrom(
  999_999.99,
  999_999.994_999,
  999_999.995,
  -999_999.995,
  1e6,
  1e15,
  1e21,
  1e300,
  -1e300,
  1e-9,
  5e-324,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
);

/** An amount as paths compute it, with now and then one that no column takes. */
const amount = fc.oneof(
  { weight: 60, arbitrary: oneDecimal },
  { weight: 20, arbitrary: tie },
  { weight: 20, arbitrary: fc.double({ min: -2_000, max: 2_000, noNaN: true }) },
  { weight: 1, arbitrary: extreme },
);

const totals = fc.record({ calories: amount, protein_g: amount, fat_g: amount, carbs_g: amount });

const kcalDiff = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: -900, max: 900 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0.5, -1.5, 2_147_483_647, -2_147_483_648, 2_147_483_648, 1e21, -0),
  },
);

const gramDiff = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -90_000_000, max: 90_000_000 }).map((micro) => micro / 1e6) },
  { weight: 8, arbitrary: fc.integer({ min: -20_000, max: 20_000 }).map((k) => (k * 5) / 1_000) },
  { weight: 1, arbitrary: amount },
);

const json: fc.Arbitrary<Json> = fc.oneof(
  { weight: 6, arbitrary: fc.jsonValue({ maxDepth: 2 }).filter(hasPlainKeys) as fc.Arbitrary<Json> },
  {
    weight: 4,
    arbitrary: fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      text,
      { maxKeys: 3 },
    ),
  },
  { weight: 1, arbitrary: fc.array(fc.oneof(text, amount), { maxLength: 3 }) },
);

/** `__proto__` as a key means something else to JavaScript than to JSON. */
function hasPlainKeys(value: unknown): boolean {
  return !JSON.stringify(value).includes('__proto__');
}

const at = fc.constantFrom(
  '2025-01-02T03:04:05.678Z',
  '2025-01-02T03:04:05.000Z',
  '2024-02-29T23:59:59.999Z',
  '2025-01-02T03:04:05Z',
  '2025-01-02T12:04:05.500+09:00',
);
const failure = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Failure>('none') },
  { weight: 1, arbitrary: fc.constantFrom<Failure>('first', 'second', 'third') },
);
/** How many logs back; now and then further than there are. */
const earlier = fc.oneof(
  { weight: 9, arbitrary: fc.nat({ max: 4 }) },
  { weight: 1, arbitrary: fc.nat({ max: 99 }) },
);

const writeStep: fc.Arbitrary<WriteStep> = fc.record({
  kind: fc.constant('write'),
  user,
  key: fc.oneof({ weight: 1, arbitrary: fc.constantFrom('k1', 'k2', 'k3') }, { weight: 3, arbitrary: text }),
  at,
  blind: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  notBefore: fc.constantFrom(
    '2020-01-01T00:00:00.000Z',
    '2024-02-29T23:59:59.999Z',
    '2024-06-01T00:00:00.000Z',
  ),
  reuse: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: earlier }),
  totals,
  food: text,
  slot: fc.oneof(fc.constant(null), text),
  raw: json,
  failure,
});

const shadowStep: fc.Arbitrary<ShadowStep> = fc.record({
  kind: fc.constant('shadow'),
  of: earlier,
  phase: fc.constantFrom('P0', 'P0', 'P0', 'P1'),
  date: fc.constantFrom('2025-01-02', '2025-01-02', '2024-02-29'),
  skip: fc.boolean(),
  merge: fc.boolean(),
  totals,
  legacy: totals,
  diff: fc.tuple(kcalDiff, gramDiff, gramDiff, gramDiff),
  ratio: fc.oneof(fc.constant(null), gramDiff),
  raw: json,
  failure,
  swallow: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

const deleteStep: fc.Arbitrary<DeleteStep> = fc.record({ kind: fc.constant('delete'), user, of: earlier });

/** Traffic of several users, days and phases, with repeats, deletions, failures and values no column takes. */
export const traffic: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: writeStep },
    { weight: 6, arbitrary: shadowStep },
    { weight: 1, arbitrary: deleteStep },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);

class StepFailed extends Error {}

/** What a store made of the traffic. */
export interface Played {
  /** One a step: its rows, `refused: <code>` or `failed`. */
  readonly answers: readonly unknown[];
  readonly dump: unknown;
  readonly census: unknown;
}

/** Plays the steps, one after the other, to a store that is emptied first. */
export async function play(store: MealLogStore, steps: readonly Step[]): Promise<Played> {
  await store.reset();
  const owners: string[] = [];
  const answers: unknown[] = [];
  for (const [index, step] of steps.entries()) {
    answers.push(
      await playStep(store, step, index, owners).catch((error: unknown) => {
        if (error instanceof StoreRefusal) return `refused: ${error.code}`;
        if (error instanceof StepFailed) return 'failed';
        throw error;
      }),
    );
  }
  return { answers, dump: await store.dump(), census: await store.census() };
}

function uuid(group: number, index: number): string {
  return `00000000-0000-4000-8000-${String(group).padStart(4, '0')}${String(index).padStart(8, '0')}`;
}

function failAt(step: { readonly failure: Failure }, place: Failure): void {
  if (step.failure === place) throw new StepFailed();
}

async function playStep(store: MealLogStore, step: Step, index: number, owners: string[]): Promise<unknown> {
  switch (step.kind) {
    case 'write': {
      const back = step.reuse === null ? owners.length : owners.length - 1 - step.reuse;
      const id = owners[back] === undefined ? owners.length : back;
      const owner = owners[id] ?? step.user;
      owners[id] = owner;
      return store.transaction((tx) => playWrite(tx, step, uuid(1, id), owner, index));
    }
    case 'delete':
      return store.transaction(async (tx) => {
        const id = uuid(1, Math.abs(owners.length - 1 - step.of));
        return [await tx.deleteLog(id, step.user), await tx.findLog(id)];
      });
    case 'shadow': {
      const id = Math.abs(owners.length - 1 - step.of);
      return store.shadowTransaction((tx) =>
        playShadow(tx, step, uuid(1, id), owners[id] ?? 'nobody', index),
      );
    }
  }
}

async function playWrite(
  tx: LiveTransaction,
  step: WriteStep,
  id: string,
  owner: string,
  index: number,
): Promise<unknown> {
  await tx.lockKey(owner, step.key);
  const found = step.blind ? null : await tx.findRequest(owner, step.key, step.notBefore);
  if (found) return ['known', found, await tx.findLog(found.log_id)];
  failAt(step, 'first');
  const row = await tx.insertLog(logOf(step, id, owner, step.at));
  failAt(step, 'second');
  await tx.insertRequest(
    { id: uuid(2, index), user_id: owner, request_key: step.key, log_id: id, created_at: row.consumed_at },
    step.notBefore,
  );
  failAt(step, 'third');
  return ['new', row];
}

async function playShadow(
  tx: ShadowTransaction,
  step: ShadowStep,
  logId: string,
  owner: string,
  index: number,
): Promise<unknown> {
  const answers: unknown[] = [];
  const keep = async (answer: Promise<unknown>): Promise<void> => {
    answers.push(await (step.swallow ? answer.catch(() => 'swallowed') : answer));
  };
  const ts = '2025-01-02T03:04:05.678Z';
  const none = { calories: null, protein_g: null, fat_g: null, carbs_g: null };
  const [dkcal, dp, df, dc] = step.diff;
  await keep(
    tx.insertShadow({
      ...logOf({ ...step, food: 'shadow', slot: 'lunch' }, uuid(3, index), owner, ts),
      ...(step.skip ? none : {}),
      meta: { log_id: logId, raw: step.raw },
    }),
  );
  failAt(step, 'first');
  if (step.merge) {
    await keep(
      tx.mergeIntoLive(logId, {
        slot: 'lunch',
        event: 'eat',
        totals: step.skip ? null : step.totals,
        meta: step.raw,
      }),
    );
  }
  await keep(
    tx.insertRecordDiff({
      id: uuid(4, index),
      ts,
      phase: step.phase,
      user_id: owner,
      log_id: logId,
      date: step.date,
      dkcal,
      dp,
      df,
      dc,
      rel_p: step.ratio,
      rel_f: null,
      rel_c: step.ratio,
      details: { legacy: step.legacy, v2: step.totals, codes: step.skip ? ['skip_mismatch'] : [] },
    }),
  );
  failAt(step, 'second');
  await keep(tx.lockDay(step.phase, owner, step.date));
  await keep(tx.recomputeDay({ id: uuid(5, index), ts, phase: step.phase, userId: owner, date: step.date }));
  failAt(step, 'third');
  return answers;
}

function logOf(
  step: Pick<WriteStep, 'totals' | 'food' | 'slot' | 'raw'>,
  id: string,
  owner: string,
  consumedAt: string,
): NewMealLog {
  return {
    id,
    user_id: owner,
    food_item: step.food,
    meal_type: 'lunch',
    consumed_at: consumedAt,
    ...step.totals,
    ai_raw: step.raw,
    image_id: null,
    landing_type: 'result',
    slot: step.slot,
    event: null,
    totals: null,
    meta: { warnings: [] },
  };
}
