/**
 * What the gate replays, under which flags, against which limits. Each suite is a folder under `fixtures/`; its
 * accepted outcomes stand under `golden/`.
 */
import { defineConfig } from './harness/config.ts';
import { mealLog } from './harness/meal-log/index.ts';

/** No running day of a healthy shadow may leave these: on sparse traffic one observation is the P95. */
const HEALTHY_DAY = {
  dkcal: { breaches: 0, p95: 40 },
  dp: { breaches: 0, p95: 10 },
  df: { breaches: 0, p95: 10 },
  dc: { breaches: 0, p95: 10 },
  rel_p: { breaches: 0, p95: 0.1 },
  rel_f: { breaches: 0, p95: 0.1 },
  rel_c: { breaches: 0, p95: 0.1 },
};

export const config = defineConfig({
  migration: mealLog,
  fixtures: 'fixtures',
  golden: 'golden',
  seed: 'golem',
  store: 'pglite',
  settings: {
    alone: { NORMALIZE_V2_SHADOW: '0', DUAL_WRITE_V2: '0' },
    base: { NORMALIZE_V2_SHADOW: '1', DUAL_WRITE_V2: '0' },
    full: { NORMALIZE_V2_SHADOW: '1', DUAL_WRITE_V2: '1' },
    shares: [{ NORMALIZE_V2_SHADOW: '1', DUAL_WRITE_V2: '10%' }],
  },
  limits: {
    record: { '*': { breaches: 0 } },
    day: HEALTHY_DAY,
    failed_writes: { legacy: 0, v2: 0 },
    refused: 0,
    skipped: 0,
    swallowed: 0,
    red_codes: 0,
  },
  suites: [{ name: 'everyday' }],
});
