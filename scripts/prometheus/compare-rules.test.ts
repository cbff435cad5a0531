import { expect, test } from 'vitest';
import { compareRules, ruleScenarioOf } from './compare-rules.ts';
import { toolIsMissing } from './promtool.ts';

const SEEDS = Array.from({ length: 110 }, (_, at) => 1 + at);

test.skipIf(toolIsMissing('promtool'))(
  'agrees with promtool on every alert and every recorded series of 110 random rule sets, at each evaluation',
  () => {
    const { scenarios, compared, failedRules, firing, disagreements } = compareRules(SEEDS);
    expect(disagreements.join('\n\n')).toBe('');
    expect(scenarios).toBe(SEEDS.length);
    // Enough must have been compared, and enough have fired, for agreement to mean something.
    expect(compared).toBeGreaterThan(4000);
    expect(firing).toBeGreaterThan(200);
    expect(failedRules).toBeLessThan(scenarios / 2);
  },
  60_000,
);

test('the same seed gives the same rules and series', () => {
  expect(ruleScenarioOf(3)).toEqual(ruleScenarioOf(3));
  expect(ruleScenarioOf(3).ruleText).not.toBe(ruleScenarioOf(4).ruleText);
});
