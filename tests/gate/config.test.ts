import { describe, expect, it } from 'vitest';
import { config } from '../../golem.config.ts';

describe("the repository's own config", () => {
  it('has a suite that must see each defect of the migration, and none of an unknown one', () => {
    const seen = config.suites.flatMap(({ defect }) => defect ?? []);
    expect([...new Set(seen)].sort()).toEqual([...config.migration.defects].sort());
  });

  it('names for each suite that must fail the one finding it must produce', () => {
    const mustFail = config.suites.filter(({ name }) => name.startsWith('must-fail/'));
    expect(mustFail.length).toBeGreaterThan(11);
    for (const { must_fail } of mustFail) expect(must_fail).toMatch(/^[a-z0-9_]+(\/\w+)*$/i);
  });

  it('replays legacy alone, V2 in the shadow, V2 for everybody and at least one share', () => {
    const { alone, base, full, shares } = config.settings;
    const shadow = [alone, base, full].map((flags) => flags.NORMALIZE_V2_SHADOW);
    const dual = [alone, base, full].map((flags) => flags.DUAL_WRITE_V2);
    expect([shadow, dual]).toEqual([
      ['0', '1', '1'],
      ['0', '0', '1'],
    ]);
    expect(shares.map((flags) => flags.DUAL_WRITE_V2)).toEqual(['10%']);
  });
});
