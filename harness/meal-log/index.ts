/**
 * The meal-log migration as golem sees it: one value with two write paths, the fields and their limits, the metrics
 * and the store. This is the only door between the domain and the rest of the harness.
 */
import type { Migration } from '../migration.ts';
import { captureRules } from './capture.ts';
import { coverage } from './coverage.ts';
import { DEFECTS } from './defects/index.ts';
import { explanations } from './explain.ts';
import { FIELDS, MEASURES } from './fields.ts';
import { checkFlag, FLAG_DEFAULTS, rolloutBucket } from './flags.ts';
import { importer } from './import.ts';
import { databaseImporter } from './import-database.ts';
import { exchangeImporter } from './import-exchange.ts';
import { METRICS } from './metrics.ts';
import { observeDay, observeRecord } from './observe.ts';
import { privacyRules } from './privacy.ts';
import { reducer } from './reducer.ts';
import { readSettings } from './serve/settings.ts';
import { ROWS_PER_BATCH } from './store/batch-size.ts';
import type { MealLogStore } from './store/contract.ts';
import { KEY_LIFETIME_MS } from './write/idempotency.ts';
import { createMealLogService } from './write/service.ts';

export const mealLog: Migration<MealLogStore> = {
  name: 'meal-log',
  measures: MEASURES,
  fields: FIELDS,
  metrics: METRICS,
  flags: FLAG_DEFAULTS,
  checkFlag,
  redCodes: ['skip_mismatch'],
  defects: Object.keys(DEFECTS),
  digestColumns: ['ai_raw'],
  mergedColumns: ['slot', 'event', 'totals', 'meta', 'row_version'],
  keyLifetimeMs: KEY_LIFETIME_MS,
  repeatedTables: ['diffs'],
  rolloutBucket,
  importer,
  explain: explanations,
  databaseImporter,
  exchangeImporter,
  reducer,
  capture: captureRules,
  coverage,
  privacy: privacyRules,
  createService: createMealLogService,
  recordedRowId,
  // A replay stands for a service whose environment says nothing more than where it runs.
  exposition: {
    labels: (env) => readSettings({ APP_ENV: env }).labels,
    gaugeLabels: readSettings({}).build,
  },
  observe: (metrics, { record, day }) => {
    if (record) observeRecord(metrics, record);
    if (day) observeDay(metrics, day);
  },
  dryRun: { metric: 'meal_log_shadow_daily_diff_breach_total', alert: 'ShadowDiffDailyBreachBurst' },
  // Stores and the server are loaded when asked for: a replay in memory should not wait for a database's driver.
  openStore: async (choice, purpose) => {
    const { openMealLogStore } = await import('./store/open.ts');
    if (purpose === 'service') return openMealLogStore(choice, { schema: 'public' });
    const rows = choice.kind === 'memory' ? undefined : choice.rowsPerBatch;
    return openMealLogStore(choice, { rowsPerBatch: rows === 1 ? null : (rows ?? ROWS_PER_BATCH) });
  },
  serve: async (options) => (await import('./serve/serve.ts')).serve(options),
};

function recordedRowId(answer: unknown): string | null {
  if (answer === null || typeof answer !== 'object') return null;
  const { logId } = answer as { logId?: unknown };
  return typeof logId === 'string' ? logId : null;
}
