/** Every SQL statement of the meal log, once for both databases. The names are those of prepared statements. */
import {
  type Column,
  DIFF_COLUMNS,
  LIVE_COLUMNS,
  LOG_STATE,
  REQUEST_COLUMNS,
  SHADOW_COLUMNS,
  TABLE_NAMES,
  TABLES,
} from './columns.ts';
import { selectList } from './row-text.ts';

export interface Statement {
  readonly name: string;
  readonly text: string;
}

function names(columns: readonly Column[]): string {
  return columns.map(({ name }) => name).join(', ');
}

function places(columns: readonly Column[]): string {
  return columns.map((_, index) => `$${index + 1}`).join(', ');
}

function insertion(table: string, given: readonly Column[]): string {
  return `insert into ${table} (${names(given)}) values (${places(given)})`;
}

const LIVE_ROW = selectList([...LIVE_COLUMNS, ...LOG_STATE]);
const SHADOW_ROW = selectList([...SHADOW_COLUMNS, ...LOG_STATE]);
const DIFF_ROW = selectList(DIFF_COLUMNS);

/**
 * Session settings: doubles as their shortest exact text; one plan a statement, since planning the day's recomputation
 * again costs more than running it; and by index, since that plan is made while the tables are small.
 */
export const SESSION_SETTINGS = {
  extra_float_digits: '1',
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
} as const;

/** A lock name is text hashed to 64 bits; the seed keeps keys and days apart. */
export const LOCK_KEY: Statement = {
  name: 'lock_key',
  text: 'select pg_advisory_xact_lock(hashtextextended($1, 1))',
};

export const LOCK_DAY: Statement = {
  name: 'lock_day',
  text: 'select pg_advisory_xact_lock(hashtextextended($1, 2))',
};

export const FIND_REQUEST: Statement = {
  name: 'find_request',
  text: `select ${selectList(REQUEST_COLUMNS)} from ingest_requests
where user_id = $1 and request_key = $2 and created_at >= $3::timestamptz`,
};

export const FIND_LOG: Statement = {
  name: 'find_log',
  text: `select ${LIVE_ROW} from meal_logs where id = $1 and not is_deleted`,
};

export const INSERT_LOG: Statement = {
  name: 'insert_log',
  text: `${insertion('meal_logs', LIVE_COLUMNS)} returning ${LIVE_ROW}`,
};

/** An expired key gives way in place; a living one leaves no row to return. */
export const INSERT_REQUEST: Statement = {
  name: 'insert_request',
  text: `${insertion('ingest_requests', REQUEST_COLUMNS)}
on conflict (user_id, request_key) do update
set id = excluded.id, log_id = excluded.log_id, created_at = excluded.created_at
where ingest_requests.created_at < $6::timestamptz
returning id`,
};

export const DELETE_LOG: Statement = {
  name: 'delete_log',
  text: `update meal_logs set is_deleted = true, row_version = row_version + 1
where id = $1 and user_id = $2 and not is_deleted returning id`,
};

export const INSERT_SHADOW: Statement = {
  name: 'insert_shadow',
  text: `${insertion('meal_logs_v2_shadow', SHADOW_COLUMNS)} returning ${SHADOW_ROW}`,
};

export const MERGE_INTO_LIVE: Statement = {
  name: 'merge_into_live',
  text: `update meal_logs
set slot = $2, event = $3, totals = $4, meta = meta || jsonb_build_object('v2', $5::jsonb),
  row_version = row_version + 1
where id = $1 returning ${LIVE_ROW}`,
};

export const INSERT_RECORD_DIFF: Statement = {
  name: 'insert_record_diff',
  text: `${insertion('diffs', DIFF_COLUMNS)} returning ${DIFF_ROW}`,
};

/** A double's decimal text to 6 decimals: the cast to numeric alone would keep 15 digits. */
function micro(column: string): string {
  return `round(${column}::text::numeric, 6)`;
}

const MEASURES = [
  { field: 'dkcal', total: 'calories' },
  { field: 'dp', total: 'protein_g' },
  { field: 'df', total: 'fat_g' },
  { field: 'dc', total: 'carbs_g' },
] as const;

function each(render: (measure: (typeof MEASURES)[number]) => string): string {
  return MEASURES.map(render).join(', ');
}

/** Parameters: id, ts, phase, user_id, date. The day rule in SQL; `day-sums.ts` is the same rule for memory. */
export const RECOMPUTE_DAY: Statement = {
  name: 'recompute_day',
  text: `with records as (
  select ${each(
    ({ field, total }) => `${micro(field)} as ${field},
    round((details->'legacy'->>'${total}')::numeric, 6) as legacy_${total},
    round((details->'v2'->>'${total}')::numeric, 6) as v2_${total}`,
  )}
  from diffs
  where level = 'record' and phase = $3 and user_id = $4 and date = $5::date
), day as (
  select count(*) as records, ${each(
    ({ field, total }) => `coalesce(sum(${field}), 0) as ${field},
    coalesce(sum(abs(${field})), 0) as abs_${field},
    coalesce(max(abs(${field})), 0) as max_${field},
    coalesce(percentile_cont(0.95) within group (order by abs(${field})::float8), 0) as p95_${field},
    coalesce(sum(legacy_${total}), 0) as legacy_${total},
    coalesce(sum(v2_${total}), 0) as v2_${total}`,
  )}
  from records
)
insert into diffs (${names(DIFF_COLUMNS)})
select $1::uuid, $2::timestamptz, $3, $4, null, $5::date, dkcal::integer,
  round(dp, 2)::float8, round(df, 2)::float8, round(dc, 2)::float8,
  dp::float8 / nullif(legacy_protein_g, 0)::float8,
  df::float8 / nullif(legacy_fat_g, 0)::float8,
  dc::float8 / nullif(legacy_carbs_g, 0)::float8,
  'day',
  jsonb_build_object(
    'records', records,
    'legacy', jsonb_build_object(${each(({ total }) => `'${total}', trim_scale(legacy_${total})`)}),
    'v2', jsonb_build_object(${each(({ total }) => `'${total}', trim_scale(v2_${total})`)}),
    'abs', jsonb_build_object(${each(
      ({ field }) => `'${field}', jsonb_build_object('sum', trim_scale(abs_${field}),
        'max', trim_scale(max_${field}), 'p95', trim_scale(${micro(`p95_${field}`)}))`,
    )})
  )
from day
on conflict (phase, user_id, date) where level = 'day' do update
set ts = excluded.ts, dkcal = excluded.dkcal, dp = excluded.dp, df = excluded.df, dc = excluded.dc,
  rel_p = excluded.rel_p, rel_f = excluded.rel_f, rel_c = excluded.rel_c, details = excluded.details
returning ${DIFF_ROW}`,
};

const BATCH_KEYS = {
  meal_logs: 'id',
  meal_logs_v2_shadow: 'id',
  ingest_requests: 'user_id, request_key',
  diffs: 'id',
} as const satisfies Readonly<Record<keyof typeof TABLES, string>>;

/**
 * Many rows of a table from one JSON array, each value read by the column's own type: an array of doubles would be
 * rounded into an integer column where a literal is refused. A row that is there already takes the new state.
 */
export function insertAll(table: keyof typeof TABLES): Statement {
  const columns = TABLES[table];
  const key = BATCH_KEYS[table];
  const set = columns.filter(({ name }) => !key.split(', ').includes(name));
  return {
    name: `insert_all_${table}`,
    text: `insert into ${table} (${names(columns)})
select ${names(columns)} from json_populate_recordset(null::${table}, $1::json)
on conflict (${key}) do update set ${set.map(({ name }) => `${name} = excluded.${name}`).join(', ')}`,
  };
}

export const RESET: Statement = { name: 'reset', text: `truncate ${TABLE_NAMES.join(', ')}` };

export const CENSUS: Statement = {
  name: 'census',
  text: `select ${TABLE_NAMES.map((table) => `(select count(*) from ${table})`).join(', ')}`,
};

/** All rows of a table by id. */
export function dumpOf(table: keyof typeof TABLES): Statement {
  return { name: `dump_${table}`, text: `select ${selectList(TABLES[table])} from ${table} order by id` };
}
