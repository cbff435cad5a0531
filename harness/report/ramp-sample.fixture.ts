/** A ramp for the reporters' tests: a first step that may go, one that needs more evidence, one that must not. */
import type { RampReport } from './shape.ts';

export const sampleRamp: RampReport = {
  verdict: 'fail',
  sampled: 0.1,
  users: 20_112,
  user_days: 281_409,
  simulated: false,
  confidence: 0.95,
  watch_seconds: 86_400,
  breaches: [
    {
      level: 'record',
      field: 'amount',
      users_in_breach: 312,
      of: 20_100,
      share: { estimate: 0.015522, lower: 0.013211, upper: 0.018102 },
      limit: 0.01,
    },
    {
      level: 'day',
      field: 'amount',
      users_in_breach: 0,
      of: 20_100,
      share: { estimate: 0, lower: 0, upper: 0.00028 },
      limit: 0.01,
    },
  ],
  days: [
    {
      field: 'amount',
      days_in_breach: 0,
      of: 281_409,
      rate: { estimate: 0, upper: 0.00028 },
      p95: { estimate: 31, upper: 33 },
    },
  ],
  alerts: [
    {
      ruleset: 'legacy',
      alert: 'AmountBreachBurst',
      percent: null,
      basis: 'drawn',
      chance: { estimate: 0.6225, lower: 0.41, upper: 0.81 },
      limit: 0.05,
      state: 'over',
    },
    {
      ruleset: 'legacy',
      alert: 'AmountP95High',
      percent: null,
      basis: 'recorded',
      chance: { estimate: 0, lower: 0, upper: 0.192642 },
      limit: 0.05,
      state: 'within',
    },
  ],
  steps: [
    {
      percent: 10,
      users: 20_040,
      live_rows_changed: 1_012_330,
      user_days: 281_020,
      days_in_breach: { estimate: 300, upper: 372 },
      verdict: 'go',
      reasons: [],
      more_clean_users: 0,
      more_clean_user_days: 0,
      sample_percent: null,
    },
    {
      percent: 50,
      users: 100_510,
      live_rows_changed: 5_061_200,
      user_days: 1_406_900,
      days_in_breach: { estimate: 1_490, upper: 1_844 },
      verdict: 'not enough evidence',
      reasons: [
        {
          code: 'breach/record/amount',
          state: 'open',
          detail: 'amount of a record: up to 1.1% of all users, 1% allowed',
        },
      ],
      more_clean_users: 1_203,
      more_clean_user_days: 16_842,
      sample_percent: 11,
    },
    {
      percent: 100,
      users: 201_120,
      live_rows_changed: 10_122_900,
      user_days: 2_814_090,
      days_in_breach: { estimate: 3_010, upper: 3_689 },
      verdict: 'no-go',
      reasons: [
        {
          code: 'breach/record/amount',
          state: 'over',
          detail: 'amount of a record: 1.3% of all users or more, 1% allowed',
        },
      ],
      more_clean_users: 0,
      more_clean_user_days: 0,
      sample_percent: null,
    },
  ],
};
