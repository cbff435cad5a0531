/**
 * Under a share exactly the hashed users' rows carry V2's merge, and every other row is as under 0: seen in the rows
 * that the store holds at the end, not in what the paths say they did.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BASE, type Outcome, readFixture, replayLines } from './replay-fixture.ts';

/** The rule of the rollout, written a second time from its description: the first 8 bytes, modulo 10,000. */
function bucket(user: string): number {
  const digest = createHash('sha256').update(`DUAL_WRITE_V2:${user}`).digest();
  return Number(digest.readBigUInt64BE(0) % 10_000n);
}

type Row = Readonly<Record<string, unknown>>;
const liveRows = ({ rows }: Outcome): readonly Row[] => rows.meal_logs ?? [];
const isMerged = (row: Row): boolean => 'v2' in (row.meta as Record<string, unknown>);
const userOf = (row: Row): string => String(row.user_id);

describe.each(['everyday', 'edges'])('in %s', (suite) => {
  it.each(['0%', '2.5%', '10%', '50%', '100%'])(
    'under %s exactly the hashed users’ rows carry meta.v2, and every other row is as under 0',
    async (share) => {
      const lines = readFixture(suite);
      const [none, all, some] = await Promise.all([
        replayLines(lines, BASE),
        replayLines(lines, { ...BASE, DUAL_WRITE_V2: '1' }),
        replayLines(lines, { ...BASE, DUAL_WRITE_V2: share }),
      ]);
      const isIn = (user: string): boolean => bucket(user) < Number.parseFloat(share) * 100;

      expect(liveRows(some).length).toBe(liveRows(none).length);
      for (const [index, row] of liveRows(some).entries()) {
        const under0 = liveRows(none)[index]!;
        const under1 = liveRows(all)[index]!;
        expect(isMerged(under0)).toBe(false);
        // A record that V2 refuses is merged under no flag.
        expect(isMerged(row)).toBe(isIn(userOf(row)) && isMerged(under1));
        expect(row).toEqual(isIn(userOf(row)) ? under1 : under0);
      }
      for (const table of ['meal_logs_v2_shadow', 'ingest_requests']) {
        expect(some.rows[table]).toEqual(none.rows[table]);
      }
      // The diffs are the same but for the phase that they are kept under.
      const bare = ({ rows }: Outcome): readonly Row[] =>
        (rows.diffs ?? []).map((row) => ({ ...row, phase: '' }));
      const byId = (a: Row, b: Row): number => (String(a.id) < String(b.id) ? -1 : 1);
      expect([...bare(some)].sort(byId)).toEqual([...bare(none)].sort(byId));
      for (const row of some.rows.diffs ?? []) expect(row.phase).toBe(isIn(userOf(row)) ? 'P1' : 'P0');
    },
  );

  it('has users on both sides of 10%, and V2 merges nearly every row of those inside', async () => {
    const lines = readFixture(suite);
    const inside = new Set(lines.records.map(({ user }) => user).filter((user) => bucket(user) < 1_000));
    const outside = new Set(lines.records.map(({ user }) => user).filter((user) => bucket(user) >= 1_000));
    expect([inside.size > 0, outside.size > 0]).toEqual([true, true]);
    const rows = liveRows(await replayLines(lines, { ...BASE, DUAL_WRITE_V2: '10%' }));
    const merged = rows.filter(isMerged);
    expect(new Set(merged.map(userOf))).toEqual(inside);
    expect(merged.length / rows.filter((row) => inside.has(userOf(row))).length).toBeGreaterThan(0.9);
  });
});
