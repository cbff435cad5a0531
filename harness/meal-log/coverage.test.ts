import { describe, expect, it } from 'vitest';
import type { WriteRequest, WriteResult } from '../migration.ts';
import { coverage } from './coverage.ts';
import { SLOTS } from './v2/draft.ts';
import { GUARDS } from './v2/pipeline.ts';

const AT = { atMs: Date.UTC(2025, 8, 1, 22, 30), tzOffsetMinutes: 540 };
const file = { name: 'a.jpg', mime: 'image/jpeg', sha256: 'ab', bytes: 3 };

function request(message: string | undefined, files: WriteRequest['files'] = []): WriteRequest {
  return { method: 'POST', path: '/log', headers: {}, body: message === undefined ? {} : { message }, files };
}

function result(given: {
  stages?: readonly string[];
  items?: readonly object[];
  slot?: string;
  warnings?: readonly string[];
}): WriteResult {
  const change = { code: 'x', subject: 'y', from: null, to: null };
  return {
    v2: {
      warnings: given.warnings ?? [],
      trace: [
        { stage: 'normalise', totals: null, changes: [] },
        ...GUARDS.map(({ name }) => ({
          stage: name,
          totals: null,
          changes: given.stages?.includes(name) ? [change] : [],
        })),
        { stage: 'finalise', totals: null, changes: [change] },
      ],
      rows: given.slot ? [{ table: 'meal_logs_v2_shadow', row: { slot: given.slot } }] : [],
    },
    legacy: { warnings: ['missing_as_zero'] },
    liveRow: { ai_raw: { source: 'provider', answer: { items: given.items ?? [] } } },
  } as unknown as WriteResult;
}

const strata = (asked: WriteRequest, given: Parameters<typeof result>[0] = {}) =>
  coverage.strata({ request: asked, ...AT }, result(given));

describe('what a meal covers', () => {
  it('is the guards that changed something, and no other stage', () => {
    expect(strata(request('tea'), { stages: ['c portion', 'h oil'] }).guard).toEqual(['c portion', 'h oil']);
    expect(strata(request('tea')).guard).toEqual([]);
    expect(coverage.dimensions.guard).toHaveLength(10);
  });

  it.each([
    ['唐揚げ定食 large', 'ja'],
    ['ｶﾚｰ', 'ja'],
    ['toast', 'en'],
    ['борщ', 'other'],
    ['🍣 2', 'none'],
    [undefined, 'none'],
  ])('is in words of %j, which are %s', (message, language) => {
    expect(strata(request(message)).language).toEqual([language]);
  });

  it('is how it was sent', () => {
    expect(strata(request('tea')).sent).toEqual(['text']);
    expect(strata(request(' ', [file])).sent).toEqual(['image']);
    expect(strata(request('tea', [file])).sent).toEqual(['text and image']);
  });

  it('is its items and their units, whatever their spelling', () => {
    const units = ['g', 'グラム', '膳', 'glorp', '', null];
    const items = [...units.map((unit) => ({ name: 'x', amount: 1, unit })), { name: 'x' }];
    const covered = strata(request('tea'), { items });
    expect(covered.items).toEqual(['7-15']);
    expect(covered.unit).toEqual([
      'g',
      'g',
      expect.any(String),
      'unknown unit',
      'no unit',
      'no unit',
      'no amount',
    ]);
    const sizes = [0, 1, 2, 3, 4, 6, 7, 15, 16].map(
      (count) => strata(request('tea'), { items: Array(count).fill({ name: 'x' }) }).items?.[0],
    );
    expect(sizes).toEqual(['0', '1', '2-3', '2-3', '4-6', '4-6', '7-15', '7-15', '16+']);
    for (const size of sizes) expect(coverage.dimensions.items).toContain(size);
  });

  it('is its local hour and the slot that V2 found', () => {
    expect(strata(request('tea')).hour).toEqual(['07']);
    for (const slot of SLOTS) expect(strata(request('tea'), { slot }).slot).toEqual([slot]);
  });

  it('is nothing for a request that is no meal', () => {
    expect(strata({ ...request(undefined), method: 'DELETE', path: '/log/x' })).toEqual({});
  });
});
