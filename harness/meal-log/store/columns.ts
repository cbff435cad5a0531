/**
 * The tables as columns and types, in the order in which they are written. One list serves three readers: the SQL
 * texts are made from it, values are put into and taken out of text by it, and the memory store answers by it as
 * PostgreSQL would.
 */

export type ColumnType =
  | 'uuid'
  | 'text'
  | 'timestamptz'
  | 'date'
  | 'numeric(8,2)'
  | 'integer'
  | 'double precision'
  | 'boolean'
  | 'jsonb';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
}

function column(name: string, type: ColumnType): Column {
  return { name, type, nullable: false };
}

function nullable(name: string, type: ColumnType): Column {
  return { name, type, nullable: true };
}

function logColumns(total: typeof column): readonly Column[] {
  return [
    column('id', 'uuid'),
    column('user_id', 'text'),
    column('food_item', 'text'),
    column('meal_type', 'text'),
    column('consumed_at', 'timestamptz'),
    total('calories', 'numeric(8,2)'),
    total('protein_g', 'numeric(8,2)'),
    total('fat_g', 'numeric(8,2)'),
    total('carbs_g', 'numeric(8,2)'),
    nullable('ai_raw', 'jsonb'),
    nullable('image_id', 'text'),
    column('landing_type', 'text'),
    nullable('slot', 'text'),
    nullable('event', 'text'),
    nullable('totals', 'jsonb'),
    column('meta', 'jsonb'),
  ];
}

/** What an insertion into `meal_logs` gives; `LOG_STATE` follows by default. */
export const LIVE_COLUMNS = logColumns(column);

/** As the live columns; a skip has no totals. */
export const SHADOW_COLUMNS = logColumns(nullable);

export const LOG_STATE: readonly Column[] = [
  column('is_deleted', 'boolean'),
  column('row_version', 'integer'),
];

export const REQUEST_COLUMNS: readonly Column[] = [
  column('id', 'uuid'),
  column('user_id', 'text'),
  column('request_key', 'text'),
  column('log_id', 'uuid'),
  column('created_at', 'timestamptz'),
];

export const DIFF_COLUMNS: readonly Column[] = [
  column('id', 'uuid'),
  column('ts', 'timestamptz'),
  column('phase', 'text'),
  column('user_id', 'text'),
  nullable('log_id', 'uuid'),
  column('date', 'date'),
  column('dkcal', 'integer'),
  column('dp', 'double precision'),
  column('df', 'double precision'),
  column('dc', 'double precision'),
  nullable('rel_p', 'double precision'),
  nullable('rel_f', 'double precision'),
  nullable('rel_c', 'double precision'),
  column('level', 'text'),
  column('details', 'jsonb'),
];

/** Every table with all its columns, in the order in which `reset`, `census` and `dump` go through them. */
export const TABLES = {
  meal_logs: [...LIVE_COLUMNS, ...LOG_STATE],
  meal_logs_v2_shadow: [...SHADOW_COLUMNS, ...LOG_STATE],
  ingest_requests: REQUEST_COLUMNS,
  diffs: DIFF_COLUMNS,
} as const satisfies Readonly<Record<string, readonly Column[]>>;

export type TableName = keyof typeof TABLES;

export const TABLE_NAMES = Object.keys(TABLES) as readonly TableName[];
