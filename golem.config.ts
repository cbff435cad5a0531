/**
 * What the gate replays, under which flags, against which limits. Each suite is a folder under `fixtures/`; its
 * accepted outcomes stand under `golden/`.
 */
import { defineConfig, type LevelLimits, type Limits, type Suite } from './harness/config.ts';
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

/** At most this many breaches per field, none of the others. */
function breaches(counts: Readonly<Record<string, number>>): LevelLimits {
  const named = Object.entries(counts).map(([field, most]) => [field, { breaches: most }]);
  return { '*': { breaches: 0 }, ...Object.fromEntries(named) };
}

/** The same alerts allowed under both rule sets. */
function bothSets(...names: readonly string[]): NonNullable<Suite['alerts']> {
  return { legacy: names, proposed: names };
}

const ALERT = {
  burst: 'ShadowDiffBreachBurst',
  days: 'ShadowDiffDailyBreachBurst',
  energy: 'ShadowDiffDailyEnergyP95High',
  macros: 'ShadowDiffDailyMacrosP95High',
  ratios: 'ShadowDiffDailyRelP95High',
} as const;

/** A suite that runs the defect of its own name and must be red for `finding` and for nothing else. */
function mustFail(defect: string, finding: string, limits: Limits): Suite {
  return { name: `must-fail/${defect}`, defect, limits, must_fail: finding };
}

/** A suite that must be red for `finding` and for nothing else, by a defect or by what was recorded. */
function mustShow(name: string, finding: string, limits: Limits, defect?: string): Suite {
  return { name: `must-fail/${name}`, limits, must_fail: finding, ...(defect && { defect }) };
}

/** A suite in which a defect raises one alert of production's rule set, at a stated time; the proposed one may too. */
function mustFire(name: string, defect: string, alert: string, firesAt: string): Suite {
  return {
    name: `must-fail/${name}`,
    defect,
    alerts: { proposed: [alert] },
    must_fail: `alert/legacy/${alert}`,
    fires_at: firesAt,
  };
}

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
  alerts: {
    rulesets: {
      legacy: ['observability/prometheus/shadow-diff-alerts.yml'],
      proposed: ['observability/prometheus/shadow-diff-alerts.proposed.yml'],
    },
    alertmanager: 'observability/alertmanager/alertmanager.yml',
    scrape_interval: '15s',
  },
  // At most one user in a hundred may meet a breach of any field, and a step is watched for a day. A go takes records of
  // a week at least: on its last days people do otherwise than on its first.
  rollout: {
    users: { record: { '*': 0.01 }, day: { '*': 0.01 } },
    alerts: 0.05,
    confidence: 0.95,
    watch: '1d',
    days: 7,
  },
  // A guard or a word that no recording reaches is one that the gate is blind to.
  coverage: {
    require: {
      guard: [
        'a limits',
        'b skip',
        'c portion',
        'd duplicates',
        'e unknown',
        'f generic',
        'g density',
        'h oil',
        'i Atwater',
        'j proposals',
      ],
      warning: [
        'items_truncated',
        'grams_clamped',
        'v2_rejected',
        'skip_detected',
        'portion_applied',
        'portion_clamped',
        'duplicate_dropped',
        'merged',
        'provider_figures',
        'unknown_food',
        'generic_food',
        'density_rejected',
        'oil_added',
        'reconciled',
        'proposal_kept',
        'fat_adjusted',
        'macros_scaled',
      ],
      legacy_warning: [
        'provider_timeout',
        'provider_status',
        'provider_malformed',
        'provider_empty',
        'missing_as_zero',
        'fat_adjusted',
        'macros_scaled',
      ],
      slot: { breakfast: 50, lunch: 50, dinner: 50, snack: 20, other: 5 },
      language: { ja: 100, en: 100 },
      sent: ['text', 'image', 'text and image'],
      source: ['provider', 'dictionary'],
      items: ['0', '1', '2-3', '4-6', '16+'],
      unit: ['g', 'serving', 'no amount'],
      hour: ['00', '06', '08', '12', '15', '19', '23'],
      disposition: ['new', 'hit', 'stale', 'other'],
      v2: ['stored', 'refused'],
    },
  },
  suites: [
    { name: 'everyday' },
    // A provider that rounds and errs by 5–10%: what that does is expected, and this much of it.
    {
      name: 'noisy',
      limits: {
        record: breaches({ dkcal: 2, dc: 28, rel_p: 27, rel_f: 67, rel_c: 22 }),
        day: {
          dkcal: { breaches: 0, p95: 55 },
          dp: { breaches: 6, p95: 4 },
          df: { breaches: 0, p95: 4 },
          dc: { breaches: 82, p95: 11 },
          rel_p: { breaches: 11, p95: 0.11 },
          rel_f: { breaches: 23, p95: 0.14 },
          rel_c: { breaches: 5, p95: 0.1 },
        },
      },
      // On traffic this sparse a quantile is nearly the maximum, so such a provider would page.
      alerts: bothSets(ALERT.days, ALERT.energy, ALERT.macros, ALERT.ratios),
    },
    // Each guard at work: the differences are the point, so they are counted and their size is left to golden.
    {
      name: 'edges',
      limits: {
        record: breaches({ dkcal: 13, dp: 6, df: 7, dc: 13, rel_p: 17, rel_f: 15, rel_c: 17 }),
        day: breaches({ dkcal: 20, dp: 17, df: 13, dc: 21, rel_p: 21, rel_f: 19, rel_c: 21 }),
        refused: 2,
      },
      alerts: bothSets(ALERT.days, ALERT.energy, ALERT.macros, ALERT.ratios),
    },
    // A record on either side of every limit: each field breaches at least once, and these are all that do.
    {
      name: 'boundaries',
      limits: {
        record: breaches({ dkcal: 3, dp: 1, df: 2, dc: 1, rel_p: 7, rel_f: 4, rel_c: 7 }),
        day: breaches({ dkcal: 11, dp: 1, df: 10, dc: 1, rel_p: 3, rel_f: 11, rel_c: 3 }),
      },
      alerts: bothSets(ALERT.energy, ALERT.macros, ALERT.ratios),
    },
    // The automatic key has no time in it: four meals in these days are swallowed as repeats.
    { name: 'retries', limits: { swallowed: 4 } },
    { name: 'provider-faults' },
    // A provider off by just less than production's alerts mind; the proposed ones would page.
    {
      name: 'alerts-just-below',
      limits: {
        record: breaches({ dc: 1, rel_f: 5 }),
        day: { dkcal: { breaches: 0, p95: 80 }, dp: { breaches: 10, p95: 10 }, dc: { breaches: 1, p95: 10 } },
      },
      alerts: { proposed: [ALERT.energy, ALERT.macros, ALERT.ratios] },
    },
    mustFail('kcal-up', 'breach/record/dkcal', { record: { dkcal: { breaches: 0 } } }),
    mustFail('kcal-down', 'breach/record/dkcal', { record: { dkcal: { breaches: 0 } } }),
    mustFail('day-sum', 'breach/day/dkcal', {
      record: { '*': { breaches: 0 } },
      day: { '*': { breaches: 0 } },
    }),
    mustFail('macro-ratio', 'breach/record/rel_p', { record: { '*': { breaches: 0 } } }),
    mustFail('skip-meal', 'skip_mismatch', {}),
    mustFail('lost-write', 'lost_write', {}),
    mustFail('duplicate', 'duplicate_write', {}),
    mustFail('v2-throws', 'failed_write/v2/exception', {}),
    mustFail('v2-leak', 'v2_leak', { failed_writes: { v2: 1000 } }),
    mustFail('unrounded', 'failed_write/v2/invalid_text_representation', {}),
    mustShow('p95', 'p95/day/dkcal', { day: { dkcal: { p95: 40 } } }, 'kcal-up'),
    mustShow('breach-rate', 'breach_rate/record/dkcal', { record: { dkcal: { rate: 0.1 } } }, 'kcal-up'),
    mustShow('refused', 'refused', {}),
    mustShow('swallowed', 'swallowed', { swallowed: 0 }),
    mustShow('skipped', 'skipped', {}),
    mustShow('identity-changed', 'identity_changed', {}),
    mustFire('alert-burst', 'fat-ratio', ALERT.burst, '2025-09-01T03:16:00Z'),
    mustFire('alert-days', 'protein-drift', ALERT.days, '2025-09-01T09:40:00Z'),
    mustFire('alert-energy', 'energy-drift', ALERT.energy, '2025-09-01T03:26:00Z'),
    mustFire('alert-macros', 'carbs-shift', ALERT.macros, '2025-09-01T03:26:00Z'),
    mustFire('alert-ratios', 'macro-ratio', ALERT.ratios, '2025-09-01T03:26:00Z'),
    { name: 'must-fail/golden-stale', golden: true, must_fail: 'golden/v2_changed' },
    { name: 'must-fail/golden-orphaned', golden: true, must_fail: 'golden/orphaned' },
  ],
});
